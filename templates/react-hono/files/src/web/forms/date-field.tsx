import { controlAttributes, FieldFrame, type FieldProps } from "./field-frame";

export function DateField({ field, label, hint }: FieldProps<string>) {
  return (
    <FieldFrame field={field} label={label} hint={hint}>
      <input
        {...controlAttributes(field, hint)}
        className="narrow"
        type="date"
        value={field.value ?? ""}
        onChange={(event) => field.set(event.target.value || null)}
      />
    </FieldFrame>
  );
}
