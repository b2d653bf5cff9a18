import {
  keepPreviousData,
  type QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import type { Option } from "../../shared/fields";
import type { Page } from "../../shared/page";
import { get, remove, write } from "./client";

export type Row = { id: number };

export type RowsQuery = {
  search?: string;
  sort?: string;
  pageSize?: number;
  /** Only rows whose to-one reference is this id, by the reference's name (`authorId`). */
  filters?: Record<string, string>;
};

function rowsPath(path: string, { search, sort, pageSize, filters }: RowsQuery, page: number) {
  const parameters = new URLSearchParams(filters);
  if (search) {
    parameters.set("search", search);
  }
  if (sort) {
    parameters.set("sort", sort);
  }
  parameters.set("page", String(page));
  if (pageSize !== undefined) {
    parameters.set("pageSize", String(pageSize));
  }
  return `/${path}?${parameters}`;
}

/** One page of rows; the earlier page stays in sight while the next one is fetched. */
export function useRows<Item extends Row>(path: string, query: RowsQuery, page = 1) {
  return useQuery({
    queryKey: [path, "page", query, page],
    queryFn: ({ signal }) => get<Page<Item>>(rowsPath(path, query, page), signal),
    placeholderData: keepPreviousData,
  });
}

/** Rows that grow page by page. */
export function useEndlessRows<Item extends Row>(path: string, query: RowsQuery) {
  return useInfiniteQuery({
    queryKey: [path, "endless", query],
    queryFn: ({ pageParam, signal }) => get<Page<Item>>(rowsPath(path, query, pageParam), signal),
    initialPageParam: 1,
    getNextPageParam: ({ page, pageSize, total }) =>
      page * pageSize < total ? page + 1 : undefined,
    placeholderData: keepPreviousData,
  });
}

export function useRow<Item extends Row>(path: string, id: string) {
  return useQuery({
    queryKey: [path, "row", id],
    queryFn: ({ signal }) => get<Item>(`/${path}/${encodeURIComponent(id)}`, signal),
  });
}

export type OptionsQuery = {
  search: string;
  /** The field that names the rows, where it is not their usual one. */
  label?: string;
};

/** The rows a relation picker offers for what has been typed so far. */
export function useOptions(path: string, parameters: OptionsQuery, enabled: boolean) {
  return useQuery({
    queryKey: [path, "options", parameters],
    queryFn: ({ signal }) =>
      get<Option[]>(`/${path}/options?${new URLSearchParams({ ...parameters })}`, signal),
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** Creates a row, or replaces the one whose id is given. */
export function useSaveRow<Item extends Row>(path: string, id?: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: unknown) =>
      id === undefined
        ? write<Item>("POST", `/${path}`, input)
        : write<Item>("PUT", `/${path}/${id}`, input),
    onSuccess(row) {
      forgetOtherRows(client);
      client.setQueryData([path, "row", String(row.id)], row);
    },
  });
}

export function useDeleteRow(path: string, id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => remove(`/${path}/${id}`),
    onSuccess: () => forgetOtherRows(client),
  });
}

/** Other entities show a row's name and refer to it, so after a change all that is not in sight is old. */
function forgetOtherRows(client: QueryClient) {
  client.removeQueries({ type: "inactive" });
}
