import { useEffect, useRef } from "react";
import { type Row, useEndlessRows } from "../api/rows";
import { Failure } from "../components/failure";
import { Loading } from "../components/loading";
import { useI18n } from "../i18n/i18n";
import type { EntityDefinition } from "./definition";
import { EmptyList } from "./empty-list";
import type { ListQuery } from "./list-query";
import { RowsTable } from "./rows-table";

interface EndlessRowsProps<Item extends Row, Input> {
  definition: EntityDefinition<Item, Input>;
  listQuery: ListQuery;
}

/** A list that grows when its end comes into sight, or at the press of a button. */
export function EndlessRows<Item extends Row, Input>({
  definition,
  listQuery,
}: EndlessRowsProps<Item, Input>) {
  const { t } = useI18n();
  const query = useEndlessRows<Item>(definition.entity.path, listQuery.rowsQuery);
  const { hasNextPage, isFetching, fetchNextPage } = query;
  const end = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (end.current === null || !hasNextPage || isFetching) {
      return;
    }
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) {
        fetchNextPage();
      }
    });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [hasNextPage, isFetching, fetchNextPage]);

  if (query.isPending) {
    return <Loading />;
  }
  if (query.data === undefined) {
    return <Failure error={query.error} onRetry={query.refetch} />;
  }
  const rows = query.data.pages.flatMap((page) => page.items);
  const total = query.data.pages.at(-1)?.total ?? 0;
  return (
    <div aria-busy={query.isPlaceholderData}>
      <p className="row-count" role="status">
        {t("list.shown_of", { shown: rows.length, count: total })}
      </p>
      {rows.length === 0 ? (
        <EmptyList narrowed={listQuery.isNarrowed} onWiden={listQuery.widen} />
      ) : (
        <RowsTable definition={definition} listQuery={listQuery} rows={rows} />
      )}
      {query.isFetchNextPageError && <Failure error={query.error} />}
      {hasNextPage && (
        <button
          ref={end}
          type="button"
          className="button load-more"
          aria-disabled={isFetching}
          onClick={() => fetchNextPage()}
        >
          {t(isFetching ? "state.loading" : "list.more")}
        </button>
      )}
    </div>
  );
}
