import { Fragment } from "react";
import { Link } from "react-router";
import { useI18n } from "../i18n/i18n";

interface PaginationProps {
  page: number;
  pages: number;
  address: (page: number) => string;
}

/** The first, the last and the near pages, each with whether there is a gap before it. */
function shownPages(page: number, pages: number) {
  const near = [1, page - 1, page, page + 1, pages].filter((one) => one >= 1 && one <= pages);
  const shown = [...new Set(near)].sort((left, right) => left - right);
  return shown.map((one, index) => ({ one, afterGap: one - (shown[index - 1] ?? 0) > 1 }));
}

export function Pagination({ page, pages, address }: PaginationProps) {
  const { t } = useI18n();
  if (pages <= 1 && page === 1) {
    return null;
  }
  return (
    <nav className="pagination" aria-label={t("list.pages")}>
      {page > 1 && (
        <Link className="button" rel="prev" to={address(Math.min(page - 1, Math.max(pages, 1)))}>
          {t("list.previous")}
        </Link>
      )}
      <ul>
        {shownPages(page, pages).map(({ one, afterGap }) => (
          <Fragment key={one}>
            {afterGap && <li>…</li>}
            <li>
              <Link
                className="page-number"
                to={address(one)}
                aria-label={t("list.page", { page: one })}
                aria-current={one === page ? "page" : undefined}
              >
                {one}
              </Link>
            </li>
          </Fragment>
        ))}
      </ul>
      {page < pages && (
        <Link className="button" rel="next" to={address(page + 1)}>
          {t("list.next")}
        </Link>
      )}
    </nav>
  );
}
