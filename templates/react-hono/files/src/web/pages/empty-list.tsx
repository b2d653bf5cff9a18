import { useI18n } from "../i18n/i18n";

/** Stands where the rows of a list would be: nothing there yet, or nothing that fits. */
export function EmptyList({ narrowed }: { narrowed: boolean }) {
  const { t } = useI18n();
  return <p className="card empty">{t(narrowed ? "list.nothing_found" : "list.empty")}</p>;
}
