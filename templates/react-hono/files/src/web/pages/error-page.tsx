import { useI18n } from "../i18n/i18n";
import { PageTitle } from "./page-title";

/** Stands in for a page that broke, or whose code could not be loaded. */
export function ErrorPage() {
  const { t } = useI18n();
  return (
    <>
      <PageTitle text={t("broken.title")} />
      <p>{t("broken.text")}</p>
      <button type="button" className="button" onClick={() => window.location.reload()}>
        {t("broken.reload")}
      </button>
    </>
  );
}
