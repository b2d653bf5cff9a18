import type { ReactNode } from "react";
import { Failure } from "../components/failure";
import type { MessageKey } from "../i18n/catalogues";
import { useI18n } from "../i18n/i18n";
import { errorText } from "./error-text";
import type { FormState } from "./form";

interface FormFrameProps {
  form: FormState;
  submitText: string;
  /** Stands beside the button that submits. */
  action?: ReactNode;
  /** What a failed save's status means here, where it is not what it usually means. */
  meanings?: Partial<Record<number, MessageKey>>;
  children: ReactNode;
}

/** The form element with what every form has: what went wrong at the top, the buttons at the bottom. */
export function FormFrame({ form, submitText, action, meanings, children }: FormFrameProps) {
  const { t, format } = useI18n();
  return (
    <form ref={form.element} className="form" noValidate onSubmit={form.submit}>
      <div className="live" role="alert">
        {form.errors.length > 0 && (
          <div className="notice failure">
            <p>{t("form.errors", { count: form.errors.length })}</p>
            {form.placeless.map((error) => (
              <p key={error.path}>
                {error.path}: {errorText(error, t, format)}
              </p>
            ))}
          </div>
        )}
      </div>
      {form.failure !== null && <Failure error={form.failure} meanings={meanings} />}
      {form.hasRequired && <p className="form-legend">{t("form.required_legend")}</p>}
      {children}
      <div className="form-actions">
        <button type="submit" className="button primary" aria-disabled={form.saving}>
          {form.saving ? t("form.saving") : submitText}
        </button>
        {action}
      </div>
    </form>
  );
}
