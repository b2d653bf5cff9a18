import { useI18n } from "../i18n/i18n";
import { controlAttributes, FieldFrame, type FieldProps } from "./field-frame";

/** A random UUID (RFC 9562, version 4). `crypto.randomUUID` is missing on plain HTTP. */
function randomUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte, index) => {
    const versioned =
      index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte;
    return versioned.toString(16).padStart(2, "0");
  }).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export function UuidField({ field, label, hint }: FieldProps<string>) {
  const { t } = useI18n();
  return (
    <FieldFrame field={field} label={label} hint={hint}>
      <div className="input-row">
        <input
          {...controlAttributes(field, hint)}
          autoComplete="off"
          spellCheck={false}
          value={field.value ?? ""}
          onChange={(event) => field.set(event.target.value.trim() || null)}
        />
        <button type="button" className="button" onClick={() => field.set(randomUuid())}>
          {t("form.generate")}
        </button>
      </div>
    </FieldFrame>
  );
}
