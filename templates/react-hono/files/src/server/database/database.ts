import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";

const busyTimeoutMs = 5000;

/**
 * Opens the database at a `file:` address (or at a libsql server's) and creates its folder.
 * Write through `write` only: it runs one transaction at a time, as SQLite has a single writer.
 */
export async function openDatabase(url: string) {
  const isFile = url.startsWith("file:");
  if (isFile) mkdirSync(dirname(pathOf(url)), { recursive: true });
  const client = createClient({ url, timeout: busyTimeoutMs });
  if (isFile) await client.execute("PRAGMA journal_mode = WAL");
  const { rows } = await client.execute("PRAGMA foreign_keys");
  if (rows[0]?.foreign_keys !== 1) {
    throw new Error("This build of SQLite does not enforce foreign keys");
  }

  const reader = drizzle(client);
  let lastWrite: Promise<unknown> = Promise.resolve();

  return {
    client,
    reader,
    write<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
      const result = lastWrite.then(() => reader.transaction(work));
      lastWrite = result.catch(() => undefined);
      return result;
    },
    close: () => client.close(),
  };
}

function pathOf(url: string): string {
  return url.startsWith("file:/") ? fileURLToPath(url) : url.slice("file:".length);
}

export type Reader = ReturnType<typeof drizzle>;
export type Transaction = Parameters<Parameters<Reader["transaction"]>[0]>[0];
export type Database = Awaited<ReturnType<typeof openDatabase>>;
