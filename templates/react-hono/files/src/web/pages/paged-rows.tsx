import { type Row, useRows } from "../api/rows";
import { Failure } from "../components/failure";
import { Loading } from "../components/loading";
import { useI18n } from "../i18n/i18n";
import type { EntityDefinition } from "./definition";
import { EmptyList } from "./empty-list";
import type { ListQuery } from "./list-query";
import { Pagination } from "./pagination";
import { RowsTable } from "./rows-table";

interface PagedRowsProps<Item extends Row, Input> {
  definition: EntityDefinition<Item, Input>;
  listQuery: ListQuery;
}

/** A list in numbered pages. */
export function PagedRows<Item extends Row, Input>({
  definition,
  listQuery,
}: PagedRowsProps<Item, Input>) {
  const { t } = useI18n();
  const query = useRows<Item>(definition.entity.path, listQuery.rowsQuery, listQuery.page);

  if (query.isError) {
    return <Failure error={query.error} onRetry={query.refetch} />;
  }
  if (query.isPending) {
    return <Loading />;
  }
  const { items, page, pageSize, total } = query.data;
  return (
    <div aria-busy={query.isPlaceholderData}>
      <p className="row-count" role="status">
        {t("list.count", { count: total })}
      </p>
      {items.length === 0 ? (
        <EmptyList narrowed={total > 0 || listQuery.isNarrowed} onWiden={listQuery.widen} />
      ) : (
        <RowsTable definition={definition} listQuery={listQuery} rows={items} />
      )}
      <Pagination page={page} pages={Math.ceil(total / pageSize)} address={listQuery.pageAddress} />
    </div>
  );
}
