import { ApiError, ConnectionError } from "../api/client";
import type { MessageKey } from "../i18n/catalogues";
import { useI18n } from "../i18n/i18n";
import { messageKey } from "../i18n/translate";

interface FailureProps {
  error: unknown;
  onRetry?: () => void;
}

function failureKey(error: unknown): MessageKey {
  if (error instanceof ConnectionError) {
    return "failure.connection";
  }
  const key = error instanceof ApiError ? messageKey(`failure.${error.status}`) : undefined;
  return key ?? "failure.other";
}

/** Says what went wrong and offers to try again. */
export function Failure({ error, onRetry }: FailureProps) {
  const { t } = useI18n();
  const key = failureKey(error);
  // Where the catalogues have no words of their own, the server's may help.
  const detail =
    key === "failure.other" && error instanceof ApiError ? error.problem?.detail : undefined;
  return (
    <div className="notice failure" role="alert">
      <p>{t(key)}</p>
      {detail && <p className="notice-detail">{detail}</p>}
      {onRetry && (
        <button type="button" className="button" onClick={onRetry}>
          {t("action.retry")}
        </button>
      )}
    </div>
  );
}
