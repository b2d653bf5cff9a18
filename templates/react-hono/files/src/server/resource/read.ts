import { and, count, eq, getTableColumns, inArray, or, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { z } from "zod";
import type { Option } from "../../shared/fields";
import type { Page } from "../../shared/page";
import type { Reader, Transaction } from "../database/database";
import { ProblemError } from "../http/problem";
import {
  columnOf,
  type EntityTable,
  type Link,
  type Reference,
  type Resource,
  type Values,
} from "./definition";
import { byText, byValue, type Order } from "./order";
import type { listFilters, listParameters, optionsParameters } from "./query";

type Source = Reader | Transaction;
type ListQuery = z.output<ReturnType<typeof listParameters>>;
type Filters = z.output<ReturnType<typeof listFilters>>;
type OptionsQuery = z.output<ReturnType<typeof optionsParameters>>;

function option(id: unknown, label: unknown): Option {
  return { id: Number(id), label: label === null || label === "" ? `#${id}` : String(label) };
}

/** The columns that the API shows: what is secret or large has no place in the row's schema. */
function shownColumns({ table, row }: Resource): Record<string, SQLiteColumn> {
  const columns = Object.entries(getTableColumns(table));
  return Object.fromEntries(columns.filter(([name]) => name in row.shape));
}

/** Matches text anywhere in a column. SQLite folds the case of ASCII letters only, so others are tried in turn. */
function contains(column: SQLiteColumn, text: string): SQL | undefined {
  const lower = text.toLowerCase();
  const capitalised = lower.charAt(0).toUpperCase() + lower.slice(1);
  const variants = new Set([text, lower, text.toUpperCase(), capitalised]);
  const patterns = [...variants].map((variant) => `%${variant.replace(/[\\%_]/g, "\\$&")}%`);
  return or(...patterns.map((pattern) => sql`${column} like ${pattern} escape '\\'`));
}

/** Orders rows by the label of the row that they refer to. */
function byLabel(table: EntityTable, { key, target, label }: Reference): Order {
  const id = columnOf(table, key);
  const name = sql.identifier(columnOf(target, label).name);
  return byText(
    sql`(select referred.${name} from ${target} as referred where referred.id = ${id})`,
  );
}

function orderOf({ table, orders, references = {} }: Resource, sort: string): SQL[] {
  const direction = sort.startsWith("-") ? "descending" : "ascending";
  const name = sort.replace("-", "");
  const byId = byValue(table.id);
  const reference = references[name];
  const order = reference ? byLabel(table, reference) : orders[name];
  return [...(order?.(direction) ?? []), ...byId(direction)];
}

function conditionsOf(source: Source, resource: Resource, filters: Filters): SQL[] {
  const { table, references = {}, links = {} } = resource;
  const byReference = Object.values(references).flatMap(({ key }) => {
    const id = filters[key];
    return id === undefined ? [] : eq(columnOf(table, key), id);
  });
  const byLink = Object.values(links).flatMap(({ key, join, own, other }) => {
    const id = key === undefined ? undefined : filters[key];
    if (id === undefined) return [];
    const linked = source
      .select({ id: columnOf(join, own) })
      .from(join)
      .where(eq(columnOf(join, other), id));
    return inArray(table.id, linked);
  });
  return [...byReference, ...byLink];
}

async function addReference(
  source: Source,
  rows: Values[],
  [name, { key, target, label }]: [string, Reference],
): Promise<void> {
  const ids = new Set(rows.map((row) => row[key]).filter((id) => id !== null));
  const found = await source
    .select({ id: target.id, label: columnOf(target, label) })
    .from(target)
    .where(inArray(target.id, [...ids]));
  const options = new Map(found.map(({ id, label }) => [id, option(id, label)]));
  for (const row of rows) row[name] = options.get(row[key]) ?? null;
}

async function addLink(
  source: Source,
  rows: Values[],
  [name, { key, join, own, other, target, label }]: [string, Link],
): Promise<void> {
  const ids = rows.map((row) => row.id);
  const ownId = columnOf(join, own);
  const otherId = columnOf(join, other);
  const found = await source
    .select({ row: ownId, id: target.id, label: columnOf(target, label) })
    .from(join)
    .innerJoin(target, eq(otherId, target.id))
    .where(inArray(ownId, ids))
    .orderBy(otherId);
  for (const row of rows) {
    const options = found.filter((link) => link.row === row.id);
    row[name] = options.map(({ id, label }) => option(id, label));
    if (key !== undefined) row[key] = options.map(({ id }) => id);
  }
}

/** Adds to rows what stands in other tables: labels of references, and links. */
async function complete(source: Source, resource: Resource, rows: Values[]): Promise<Values[]> {
  for (const entry of Object.entries(resource.references ?? {})) {
    await addReference(source, rows, entry);
  }
  for (const entry of Object.entries(resource.links ?? {})) {
    await addLink(source, rows, entry);
  }
  return rows;
}

export async function listRows(
  source: Source,
  resource: Resource,
  { search, sort, page, pageSize }: ListQuery,
  filters: Filters,
): Promise<Page<Values>> {
  const { table } = resource;
  const found =
    search && or(...resource.search.map((name) => contains(columnOf(table, name), search)));
  const condition = and(...conditionsOf(source, resource, filters), found || undefined);
  const rows = await source
    .select(shownColumns(resource))
    .from(table)
    .where(condition)
    .orderBy(...orderOf(resource, sort))
    .limit(pageSize)
    .offset((page - 1) * pageSize);
  const [counted] = await source.select({ total: count() }).from(table).where(condition);
  const items = await complete(source, resource, rows);
  return { items, page, pageSize, total: counted?.total ?? 0 };
}

export async function listOptions(
  source: Source,
  { table, display, orders }: Resource,
  { search, label, limit }: OptionsQuery,
): Promise<Option[]> {
  const shown = columnOf(table, label ?? display);
  const order = label === undefined ? byText(shown) : orders[label];
  const rows = await source
    .select({ id: table.id, label: shown })
    .from(table)
    .where(search ? contains(shown, search) : undefined)
    .orderBy(...(order?.("ascending") ?? []), table.id)
    .limit(limit);
  return rows.map(({ id, label }) => option(id, label));
}

export async function readRow(source: Source, resource: Resource, id: number): Promise<Values> {
  const { table } = resource;
  const rows = await source.select(shownColumns(resource)).from(table).where(eq(table.id, id));
  const [row] = await complete(source, resource, rows);
  if (row === undefined) throw new ProblemError(404);
  return row;
}
