import { z } from "zod";
import { maximumOptions, maximumPageSize } from "../../shared/page";
import { fieldErrors } from "../../shared/problem";
import { ProblemError } from "../http/problem";
import type { Resource } from "./definition";

const searchText = z.string().trim().max(200).default("");

/** Filters of a list: the rows that refer to, or are linked with, the row of the id given. */
export function listFilters({ references = {}, links = {} }: Resource) {
  const keys = [...Object.values(references), ...Object.values(links)].flatMap(
    ({ key }) => key ?? [],
  );
  const id = z.coerce.number<string>().int().positive().optional();
  return z.object(Object.fromEntries(keys.map((key) => [key, id])));
}

/** Parameters of a list besides its filters. */
export function listParameters({ orders, references = {}, defaultSort, pageSize }: Resource) {
  const names = ["id", ...Object.keys(orders), ...Object.keys(references)];
  return z.object({
    search: searchText,
    sort: z.enum(names.flatMap((name) => [name, `-${name}`])).default(defaultSort),
    page: z.coerce.number<string>().int().min(1).max(1_000_000).default(1),
    pageSize: z.coerce.number<string>().int().min(1).max(maximumPageSize).default(pageSize),
  });
}

/** Parameters of the options that a picker shows. */
export function optionsParameters({ orders }: Resource) {
  return z.object({
    search: searchText,
    label: z.enum(Object.keys(orders)).optional(),
    limit: z.coerce.number<string>().int().min(1).max(maximumOptions).default(maximumOptions),
  });
}

/** Reads query parameters; throws a problem that names what is unknown or wrong. */
export function readQuery<Schema extends z.ZodObject>(
  schema: Schema,
  query: Record<string, string>,
): z.output<Schema> {
  const result = schema.strict().safeParse(query);
  if (!result.success) {
    throw new ProblemError(400, { errors: fieldErrors(result.error, query) });
  }
  return result.data as z.output<Schema>;
}
