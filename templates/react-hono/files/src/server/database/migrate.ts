import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Database } from "./database";

const migrationName = /^\d{4}_\w+\.sql$/;

/**
 * Applies the migrations that the database does not have yet, in the order of their names, each in
 * a transaction of its own together with the record that it was applied.
 */
export async function migrate({ client }: Database, folder: string): Promise<string[]> {
  await client.execute(
    "CREATE TABLE IF NOT EXISTS _migrations (name TEXT PRIMARY KEY, digest TEXT NOT NULL) STRICT",
  );
  const { rows } = await client.execute("SELECT name, digest FROM _migrations");
  const applied = new Map(rows.map((row) => [row.name, row.digest]));
  const names = (await readdir(folder)).filter((name) => migrationName.test(name)).sort();
  const fresh: string[] = [];

  for (const name of names) {
    const script = await readFile(join(folder, name), "utf8");
    const digest = createHash("sha256").update(script).digest("hex");
    if (applied.get(name) === digest) continue;
    if (applied.has(name)) {
      throw new Error(`${name} was changed after it had been applied; write a new migration`);
    }
    const transaction = await client.transaction("write");
    try {
      await transaction.executeMultiple(script);
      await transaction.execute({
        sql: "INSERT INTO _migrations (name, digest) VALUES (?, ?)",
        args: [name, digest],
      });
      await transaction.commit();
    } finally {
      transaction.close();
    }
    fresh.push(name);
  }
  return fresh;
}
