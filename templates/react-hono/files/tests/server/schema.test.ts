import { is } from "drizzle-orm";
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as schema from "../../src/server/database/schema";
import { openTestDatabase } from "./harness";

const tables = Object.values(schema).filter((value) => is(value, SQLiteTable));

let opened: Awaited<ReturnType<typeof openTestDatabase>>;
beforeAll(async () => {
  opened = await openTestDatabase();
});
afterAll(() => opened.close());

async function pragma(name: string, table: string) {
  const { rows } = await opened.database.client.execute(`PRAGMA ${name}("${table}")`);
  return rows;
}

describe.each(tables.map((table) => getTableConfig(table)))("table $name", (config) => {
  test("has the columns that the migrations make", async () => {
    const columns = await pragma("table_info", config.name);
    const expected = config.columns.map(({ name, notNull }) => ({
      name,
      notnull: Number(notNull),
    }));
    const found = columns.map(({ name, notnull, pk }) => ({ name, notnull: pk ? 1 : notnull }));
    // A later migration adds its columns at the end.
    expect(new Set(found)).toEqual(new Set(expected));
  });

  test("has the foreign keys that the migrations make", async () => {
    const keys = await pragma("foreign_key_list", config.name);
    const expected = config.foreignKeys.map((key) => {
      const { columns, foreignTable } = key.reference();
      return `${columns[0]?.name} → ${getTableConfig(foreignTable).name}`;
    });
    expect(keys.map(({ from, table }) => `${from} → ${table}`).sort()).toEqual(expected.sort());
  });

  test("keeps unique what the migrations keep unique", async () => {
    const indexes = await pragma("index_list", config.name);
    const unique = indexes.filter(({ unique, origin }) => unique === 1 && origin !== "pk");
    expect(unique).toHaveLength(config.columns.filter((column) => column.isUnique).length);
  });
});
