import { Link } from "react-router";
import { useI18n } from "../i18n/i18n";
import { PageTitle } from "./page-title";

export function NotFoundPage() {
  const { t } = useI18n();
  return (
    <>
      <PageTitle text={t("not_found.title")} />
      <p>{t("not_found.text")}</p>
      <Link className="button" to="/">
        {t("not_found.home")}
      </Link>
    </>
  );
}
