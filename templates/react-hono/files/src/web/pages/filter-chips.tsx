import { type Row, useRow } from "../api/rows";
import { useI18n } from "../i18n/i18n";
import { type EntityName, entityNamed } from "../registry";
import { useTitle } from "../values/use-title";
import type { EntityDefinition } from "./definition";
import { filterName, type ListQuery } from "./list-query";

interface FilterChipsProps<Item extends Row, Input> {
  definition: EntityDefinition<Item, Input>;
  listQuery: ListQuery;
}

/** Says by which relations the list is narrowed down, and lets each be taken away. */
export function FilterChips<Item extends Row, Input>({
  definition,
  listQuery,
}: FilterChipsProps<Item, Input>) {
  const { t } = useI18n();
  const chips = definition.fields.flatMap((field) => {
    const name = filterName(field);
    const id = name === undefined ? undefined : listQuery.filters[name];
    if (name === undefined || id === undefined || !("entity" in field)) {
      return [];
    }
    return [
      <FilterChip
        key={name}
        label={t(field.label)}
        entity={field.entity}
        id={id}
        onRemove={() => listQuery.removeFilter(name)}
      />,
    ];
  });
  return chips.length === 0 ? null : <ul className="chips">{chips}</ul>;
}

interface FilterChipProps {
  label: string;
  entity: EntityName;
  id: string;
  onRemove: () => void;
}

function FilterChip({ label, entity, id, onRemove }: FilterChipProps) {
  const { t } = useI18n();
  const registered = entityNamed(entity);
  const title = useTitle(registered);
  const row = useRow(registered.path, id).data;
  const text = `${label}: ${row === undefined ? `#${id}` : title(row)}`;
  return (
    <li className="chip">
      {text}
      <button
        type="button"
        aria-label={t("list.remove_filter", { filter: text })}
        onClick={onRemove}
      >
        ×
      </button>
    </li>
  );
}
