import { ApiError, ConnectionError } from "../api/client";
import type { MessageKey } from "../i18n/catalogues";
import { useI18n } from "../i18n/i18n";
import { messageKey } from "../i18n/translate";

interface FailureProps {
  error: unknown;
  onRetry?: () => void;
  /** What a status means here, where it is not what it usually means. */
  meanings?: Partial<Record<number, MessageKey>>;
}

/** Asking again does not help who has no right to see something, nor find what is not there. */
function isFinal(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 403 || error.status === 404);
}

function failureKey(error: unknown, meanings: FailureProps["meanings"] = {}): MessageKey {
  if (error instanceof ConnectionError) {
    return "failure.connection";
  }
  if (!(error instanceof ApiError)) {
    return "failure.other";
  }
  return meanings[error.status] ?? messageKey(`failure.${error.status}`) ?? "failure.other";
}

/** Says what went wrong and, where that may help, offers to try again. */
export function Failure({ error, onRetry, meanings }: FailureProps) {
  const { t } = useI18n();
  const key = failureKey(error, meanings);
  // Where the catalogues have no words of their own, the server's may help.
  const detail =
    key === "failure.other" && error instanceof ApiError ? error.problem?.detail : undefined;
  return (
    <div className="notice failure" role="alert">
      <p>{t(key)}</p>
      {detail && <p className="notice-detail">{detail}</p>}
      {onRetry && !isFinal(error) && (
        <button type="button" className="button" onClick={onRetry}>
          {t("action.retry")}
        </button>
      )}
    </div>
  );
}
