import { controlAttributes, FieldFrame, type FieldProps } from "./field-frame";

interface TextFieldProps extends FieldProps<string> {
  type?: "text" | "email" | "url" | "password";
  autoComplete?: string;
}

export function TextField({
  field,
  label,
  hint,
  type = "text",
  autoComplete = "off",
}: TextFieldProps) {
  return (
    <FieldFrame field={field} label={label} hint={hint}>
      <input
        {...controlAttributes(field, hint)}
        type={type}
        autoComplete={autoComplete}
        value={field.value ?? ""}
        onChange={(event) => field.set(event.target.value || null)}
      />
    </FieldFrame>
  );
}
