import { useState } from "react";
import { toIsoDuration } from "../duration";
import { useI18n } from "../i18n/i18n";
import { controlAttributes, FieldFrame, type FieldProps } from "./field-frame";

/** A length of time, typed as `1h 30m`, `1:30` or ISO 8601; a note says how it was understood. */
export function DurationField({ field, label, hint }: FieldProps<string>) {
  const { t, format } = useI18n();
  const [text, setText] = useState(field.value ?? "");
  const understood = field.value === null ? "" : format.duration(field.value);
  const note = understood === text ? t("form.duration_hint") : `= ${understood}`;
  const notes = hint === undefined ? note : `${hint} ${note}`;

  return (
    <FieldFrame field={field} label={label} hint={notes}>
      <input
        {...controlAttributes(field, notes)}
        className="narrow"
        autoComplete="off"
        value={text}
        onChange={({ target }) => {
          setText(target.value);
          field.set(toIsoDuration(target.value.trim()) || null);
        }}
      />
    </FieldFrame>
  );
}
