import { controlAttributes, FieldFrame, type FieldProps } from "./field-frame";

/** An exact decimal number, which stays text so that no digit is lost. */
export function DecimalField({ field, label, hint }: FieldProps<string>) {
  return (
    <FieldFrame field={field} label={label} hint={hint}>
      <input
        {...controlAttributes(field, hint)}
        className="narrow"
        inputMode="decimal"
        autoComplete="off"
        value={field.value ?? ""}
        onChange={(event) => field.set(event.target.value.trim().replace(",", ".") || null)}
      />
    </FieldFrame>
  );
}
