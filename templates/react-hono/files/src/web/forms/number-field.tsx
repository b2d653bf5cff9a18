import { type ChangeEvent, useState } from "react";
import { controlAttributes, FieldFrame, type FieldProps } from "./field-frame";

/** A whole or a floating-point number. What is no number becomes `NaN`, which no schema accepts. */
export function NumberField({ field, label, hint }: FieldProps<number>) {
  const [text, setText] = useState(field.value === null ? "" : String(field.value));

  function change(event: ChangeEvent<HTMLInputElement>) {
    const typed = event.target.value;
    setText(typed);
    const number = typed.trim().replace(",", ".");
    field.set(number === "" ? null : Number(number));
  }

  return (
    <FieldFrame field={field} label={label} hint={hint}>
      <input
        {...controlAttributes(field, hint)}
        className="narrow"
        inputMode="decimal"
        autoComplete="off"
        value={text}
        onChange={change}
      />
    </FieldFrame>
  );
}
