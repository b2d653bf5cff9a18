import { useI18n } from "../i18n/i18n";

interface EmptyListProps {
  narrowed: boolean;
  onWiden: () => void;
}

/** Stands where the rows of a list would be: nothing there yet, or nothing that fits. */
export function EmptyList({ narrowed, onWiden }: EmptyListProps) {
  const { t } = useI18n();
  return (
    <div className="card empty">
      <p>{t(narrowed ? "list.nothing_found" : "list.empty")}</p>
      {narrowed && (
        <button type="button" className="button" onClick={onWiden}>
          {t("list.widen")}
        </button>
      )}
    </div>
  );
}
