import { controlAttributes, FieldFrame, type FieldProps } from "./field-frame";

export function TimeField({ field, label, hint }: FieldProps<string>) {
  const hasSeconds = (field.value ?? "").length > "00:00".length;
  return (
    <FieldFrame field={field} label={label} hint={hint}>
      <input
        {...controlAttributes(field, hint)}
        className="narrow"
        type="time"
        step={hasSeconds ? 1 : 60}
        value={field.value ?? ""}
        onChange={(event) => field.set(event.target.value || null)}
      />
    </FieldFrame>
  );
}
