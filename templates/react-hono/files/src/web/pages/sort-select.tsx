import { useId } from "react";
import type { Row } from "../api/rows";
import { useI18n } from "../i18n/i18n";
import type { EntityDefinition } from "./definition";
import { isSortable, type ListQuery } from "./list-query";

interface SortSelectProps<Item extends Row, Input> {
  definition: EntityDefinition<Item, Input>;
  listQuery: ListQuery;
}

/** Chooses the order on a narrow screen, where the table has no headings to press. */
export function SortSelect<Item extends Row, Input>({
  definition,
  listQuery,
}: SortSelectProps<Item, Input>) {
  const { t } = useI18n();
  const id = useId();
  return (
    <div className="sort-select">
      <label htmlFor={id}>{t("list.sort")}</label>
      <select
        id={id}
        value={listQuery.sort}
        onChange={(event) => listQuery.setSort(event.target.value)}
      >
        <option value="">{t("list.usual_order")}</option>
        {definition.fields.filter(isSortable).map(({ name, label }) => (
          <optgroup key={name} label={t(label)}>
            <option value={name}>{t("list.ascending", { field: t(label) })}</option>
            <option value={`-${name}`}>{t("list.descending", { field: t(label) })}</option>
          </optgroup>
        ))}
      </select>
    </div>
  );
}
