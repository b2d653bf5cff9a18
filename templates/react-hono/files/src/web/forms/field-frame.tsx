import type { ReactNode } from "react";
import { useI18n } from "../i18n/i18n";
import { errorText } from "./error-text";
import type { Field } from "./form";

type AnyField = Pick<Field<unknown>, "id" | "required" | "error">;

/** The attributes that tie a control to its label, hint and error. */
export function controlAttributes(field: AnyField, hint?: string) {
  const described = [field.error && `${field.id}-error`, hint && `${field.id}-hint`];
  return {
    id: field.id,
    "aria-required": field.required || undefined,
    "aria-invalid": field.error !== undefined || undefined,
    "aria-describedby": described.filter(Boolean).join(" ") || undefined,
  };
}

/** What every field component takes. */
export interface FieldProps<Value> {
  field: Field<Value | null>;
  label: string;
  /** What the value is for; shown beneath the control. */
  hint?: string;
}

interface FieldFrameProps {
  field: AnyField;
  label: string;
  hint?: string;
  children: ReactNode;
}

export function FieldFrame({ field, label, hint, children }: FieldFrameProps) {
  return (
    <div className="field">
      <label className="field-label" htmlFor={field.id}>
        {label}
        {field.required && (
          <span className="required-mark" aria-hidden="true">
            *
          </span>
        )}
      </label>
      {children}
      <FieldNotes field={field} hint={hint} />
    </div>
  );
}

export function FieldNotes({ field, hint }: Pick<FieldFrameProps, "field" | "hint">) {
  const { t, format } = useI18n();
  return (
    <>
      {hint && (
        <p className="field-hint" id={`${field.id}-hint`}>
          {hint}
        </p>
      )}
      {field.error && (
        <p className="field-error" id={`${field.id}-error`}>
          {errorText(field.error, t, format, hint)}
        </p>
      )}
    </>
  );
}
