import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Database, openDatabase } from "../../src/server/database/database";
import { migrate } from "../../src/server/database/migrate";
import { temporaryFolder } from "./harness";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let scripts: string;
let database: Database;

beforeEach(async () => {
  folder = await temporaryFolder();
  scripts = join(folder.path, "migrations");
  await mkdir(scripts);
  database = await openDatabase(`file:${join(folder.path, "test.db")}`);
});
afterEach(async () => {
  database.close();
  await folder.remove();
});

async function tableNames(): Promise<unknown[]> {
  const { rows } = await database.client.execute(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY name",
  );
  return rows.map(({ name }) => name);
}

test("applies each migration once, in the order of the names", async () => {
  await writeFile(join(scripts, "0002_second.sql"), "ALTER TABLE first ADD COLUMN more TEXT;");
  await writeFile(join(scripts, "0001_first.sql"), "CREATE TABLE first (id INTEGER);");
  await writeFile(join(scripts, "notes.txt"), "not a migration");
  expect(await migrate(database, scripts)).toEqual(["0001_first.sql", "0002_second.sql"]);
  expect(await migrate(database, scripts)).toEqual([]);
  expect(await tableNames()).toEqual(["first"]);
});

test("leaves nothing of a migration that fails", async () => {
  await writeFile(join(scripts, "0001_broken.sql"), "CREATE TABLE half (id INTEGER); NONSENSE;");
  await expect(migrate(database, scripts)).rejects.toThrow();
  expect(await tableNames()).toEqual([]);
  await writeFile(join(scripts, "0001_broken.sql"), "CREATE TABLE whole (id INTEGER);");
  expect(await migrate(database, scripts)).toEqual(["0001_broken.sql"]);
});

test("refuses a migration that was changed after it had been applied", async () => {
  await writeFile(join(scripts, "0001_first.sql"), "CREATE TABLE first (id INTEGER);");
  await migrate(database, scripts);
  await writeFile(join(scripts, "0001_first.sql"), "CREATE TABLE other (id INTEGER);");
  await expect(migrate(database, scripts)).rejects.toThrow("0001_first.sql was changed");
});
