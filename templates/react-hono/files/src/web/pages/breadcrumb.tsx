import { Link } from "react-router";
import type { Option } from "../../shared/fields";
import { useI18n } from "../i18n/i18n";
import type { RegisteredEntity } from "../registry";

interface BreadcrumbProps {
  entity: RegisteredEntity;
  /** The row whose page lies between the list and the page here. */
  row?: Option;
}

/** The way back from a page: to the list, and to the row. */
export function Breadcrumb({ entity, row }: BreadcrumbProps) {
  const { t } = useI18n();
  return (
    <nav className="breadcrumb" aria-label={t("nav.breadcrumb")}>
      <span aria-hidden="true">‹ </span>
      <Link to={`/${entity.path}`}>{t(entity.many)}</Link>
      {row && (
        <>
          <span aria-hidden="true"> › </span>
          <Link to={`/${entity.path}/${row.id}`}>{row.label}</Link>
        </>
      )}
    </nav>
  );
}
