import { LibsqlError } from "@libsql/client";

/** The columns whose UNIQUE constraint a failed statement broke; undefined when it failed otherwise. */
export function violatedUniqueColumns(error: unknown): string[] | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof LibsqlError && cause.extendedCode === "SQLITE_CONSTRAINT_UNIQUE") {
      const [, columns = ""] = cause.message.split("UNIQUE constraint failed: ");
      return columns.split(", ").map((column) => column.replace(/^.*\./, ""));
    }
  }
  return undefined;
}
