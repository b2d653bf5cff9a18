import { useState } from "react";
import { useI18n } from "../i18n/i18n";
import { controlAttributes, FieldFrame, FieldNotes, type FieldProps } from "./field-frame";

/** A box to tick when the answer is known from the start; else a choice of yes, no and none yet. */
export function BooleanField({ field, label, hint }: FieldProps<boolean>) {
  const { t } = useI18n();
  const [isKnown] = useState(field.value !== null);

  if (field.required && isKnown) {
    return (
      <div className="field">
        <label className="checkbox-label">
          <input
            {...controlAttributes(field, hint)}
            type="checkbox"
            checked={field.value === true}
            onChange={(event) => field.set(event.target.checked)}
          />
          {label}
        </label>
        <FieldNotes field={field} hint={hint} />
      </div>
    );
  }

  return (
    <FieldFrame field={field} label={label} hint={hint}>
      <select
        {...controlAttributes(field, hint)}
        className="narrow"
        value={field.value === null ? "" : String(field.value)}
        onChange={({ target }) => field.set(target.value === "" ? null : target.value === "true")}
      >
        <option value="">{t("form.no_choice")}</option>
        <option value="true">{t("value.yes")}</option>
        <option value="false">{t("value.no")}</option>
      </select>
    </FieldFrame>
  );
}
