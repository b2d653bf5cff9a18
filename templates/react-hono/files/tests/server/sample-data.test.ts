import { expect, test } from "vitest";
import { addSampleData } from "../../src/server/database/sample-data";
import sampleRows from "../../src/server/database/sample-rows.json";
import { resources } from "../../src/server/entities";
import { openTestDatabase } from "./harness";

test("fills an empty database once", async () => {
  const { database, close } = await openTestDatabase();
  const expected = Object.fromEntries(
    Object.entries(sampleRows).map(([path, rows]) => [path, rows.length]),
  );
  for (let round = 0; round < 2; round++) {
    await addSampleData(database);
    const counts = resources.map(
      async ({ path, table }) => [path, await database.reader.$count(table)] as const,
    );
    expect(Object.fromEntries(await Promise.all(counts))).toEqual(expected);
  }
  await close();
});
