import { eq } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { FileInfo, FileValue } from "../../shared/fields";
import type { Reader } from "../database/database";
import { ProblemError, refuse } from "../http/problem";
import type { EntityTable, Resource, Values } from "./definition";

interface StoredFile {
  info: FileInfo;
  content: Buffer;
}

/**
 * Replaces the files in validated values by what is stored of them. A file without data stands for
 * the content that the existing row has already.
 */
export function withStoredFiles(
  { files = {} }: Resource,
  values: Values,
  existing?: Values,
): Values {
  const stored = { ...values };
  for (const [name, contentName] of Object.entries(files)) {
    const file = values[name] as FileValue | null;
    const kept = existing?.[name] as FileInfo | null | undefined;
    if (file === null) {
      stored[name] = null;
      stored[contentName] = null;
    } else if (file.data !== undefined) {
      const content = Buffer.from(file.data, "base64");
      stored[name] = {
        name: file.name,
        mediaType: file.mediaType,
        sizeBytes: content.length,
      };
      stored[contentName] = content;
    } else if (kept) {
      stored[name] = {
        ...kept,
        name: file.name,
      };
    } else {
      throw refuse(422, {
        path: `${name}.data`,
        code: "required",
        message: "The content of the file is missing",
      });
    }
  }
  return stored;
}

/** Reads one file of a row. */
export async function readFile(
  reader: Reader,
  table: EntityTable,
  id: number,
  columns: Record<keyof StoredFile, SQLiteColumn>,
): Promise<StoredFile> {
  const [row] = await reader.select(columns).from(table).where(eq(table.id, id));
  if (!row?.info) throw new ProblemError(404);
  return row as StoredFile;
}
