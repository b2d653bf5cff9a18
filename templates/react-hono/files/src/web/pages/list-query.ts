import { useSearchParams } from "react-router";
import type { Row, RowsQuery } from "../api/rows";
import type { EntityDefinition, ShownField } from "./definition";

/** What a list shows, kept in the address so that it can be linked to and survives going back. */
export interface ListQuery {
  search: string;
  /** A field's name, with `-` in front for the largest first; empty for the usual order. */
  sort: string;
  /** The order that holds: the one asked for, or else the usual one. */
  effectiveSort: string;
  page: number;
  filters: Record<string, string>;
  /** Whether a search or a filter leaves rows out. */
  isNarrowed: boolean;
  setSearch: (search: string) => void;
  setSort: (sort: string) => void;
  removeFilter: (name: string) => void;
  /** Takes the search and all filters away. */
  widen: () => void;
  /** The address of another page of the same list. */
  pageAddress: (page: number) => string;
  rowsQuery: RowsQuery;
}

export function isSortable<Item>({ kind }: ShownField<Item>): boolean {
  return kind !== "to-many" && kind !== "binary" && kind !== "image";
}

/** The filter that narrows a list down by a relation: `authorId` for the field `author`. */
export function filterName<Item>(field: ShownField<Item>): string | undefined {
  return field.kind === "to-one" || field.kind === "to-many" ? field.filter : undefined;
}

export function useListQuery<Item extends Row, Input>({
  fields,
  list,
}: EntityDefinition<Item, Input>): ListQuery {
  const [parameters, setParameters] = useSearchParams();
  const search = parameters.get("search") ?? "";
  const sort = parameters.get("sort") ?? "";
  const filters = Object.fromEntries(
    fields.flatMap((field) => {
      const name = filterName(field);
      const value = name === undefined ? null : parameters.get(name);
      return name === undefined || value === null ? [] : [[name, value]];
    }),
  );

  function change(name: string, value: string) {
    setParameters(
      (current) => {
        const next = new URLSearchParams(current);
        next.delete("page");
        if (value === "") {
          next.delete(name);
        } else {
          next.set(name, value);
        }
        return next;
      },
      { replace: true },
    );
  }

  return {
    search,
    sort,
    effectiveSort: sort || list.usualSort,
    page: Math.max(1, Math.floor(Number(parameters.get("page") ?? 1)) || 1),
    filters,
    isNarrowed: search !== "" || Object.keys(filters).length > 0,
    setSearch: (text) => change("search", text),
    setSort: (order) => change("sort", order),
    removeFilter: (name) => change(name, ""),
    widen: () => setParameters(sort === "" ? {} : { sort }, { replace: true }),
    pageAddress(page) {
      const next = new URLSearchParams(parameters);
      next.set("page", String(page));
      return `?${next}`;
    },
    rowsQuery: { search, sort, filters, pageSize: list.pageSize },
  };
}
