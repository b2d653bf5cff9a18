import { Link } from "react-router";
import type { Row } from "../api/rows";
import { useI18n } from "../i18n/i18n";
import { useTitle } from "../values/use-title";
import { Value } from "../values/value";
import type { EntityDefinition, ShownField } from "./definition";
import { isSortable, type ListQuery } from "./list-query";

interface RowsTableProps<Item extends Row, Input> {
  definition: EntityDefinition<Item, Input>;
  listQuery: ListQuery;
  rows: readonly Item[];
}

const numeric = new Set(["integer", "decimal", "float"]);

/** The rows of a list; on a narrow screen each becomes a card. */
export function RowsTable<Item extends Row, Input>({
  definition,
  listQuery,
  rows,
}: RowsTableProps<Item, Input>) {
  const { entity, fields, list } = definition;
  const { t } = useI18n();
  const title = useTitle(entity);
  const titleField = fields.find(({ name }) => name === entity.title?.name);
  const columns = list.columns.flatMap((name) => fields.filter((field) => field.name === name));

  return (
    <div className="table-frame">
      <table className="rows">
        <thead>
          <tr>
            {titleField === undefined ? (
              <SortableHeading name="id" label={t("list.id")} listQuery={listQuery} />
            ) : (
              <FieldHeading field={titleField} listQuery={listQuery} />
            )}
            {columns.map((field) => (
              <FieldHeading key={field.name} field={field} listQuery={listQuery} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <th scope="row">
                <Link to={`/${entity.path}/${row.id}`}>{title(row)}</Link>
              </th>
              {columns.map((field) => (
                <td
                  key={field.name}
                  data-label={t(field.label)}
                  className={numeric.has(field.kind) ? "numeric" : undefined}
                >
                  <Value field={field} row={row} path={entity.path} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface FieldHeadingProps<Item> {
  field: ShownField<Item>;
  listQuery: ListQuery;
}

function FieldHeading<Item>({ field, listQuery }: FieldHeadingProps<Item>) {
  const { t } = useI18n();
  return isSortable(field) ? (
    <SortableHeading
      name={field.name}
      label={t(field.label)}
      listQuery={listQuery}
      className={numeric.has(field.kind) ? "numeric" : undefined}
    />
  ) : (
    <th scope="col">{t(field.label)}</th>
  );
}

interface SortableHeadingProps {
  name: string;
  label: string;
  listQuery: ListQuery;
  className?: string;
}

function SortableHeading({ name, label, listQuery, className }: SortableHeadingProps) {
  const ascending = listQuery.effectiveSort === name;
  const descending = listQuery.effectiveSort === `-${name}`;
  return (
    <th
      scope="col"
      className={className}
      aria-sort={ascending ? "ascending" : descending ? "descending" : undefined}
    >
      <button
        type="button"
        className="sort-button"
        onClick={() => listQuery.setSort(ascending ? `-${name}` : name)}
      >
        {label}
        <span className="sort-mark" aria-hidden="true">
          {ascending ? "▲" : descending ? "▼" : ""}
        </span>
      </button>
    </th>
  );
}
