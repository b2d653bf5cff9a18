import { controlAttributes, FieldFrame, type FieldProps } from "./field-frame";

export function LongTextField({ field, label, hint }: FieldProps<string>) {
  return (
    <FieldFrame field={field} label={label} hint={hint}>
      <textarea
        {...controlAttributes(field, hint)}
        rows={6}
        value={field.value ?? ""}
        onChange={(event) => field.set(event.target.value || null)}
      />
    </FieldFrame>
  );
}
