import { z } from "zod";
import { resources } from "../entities";
import type { Resource, Values } from "../resource/definition";
import { createRow, replaceRow } from "../resource/write";
import type { Database } from "./database";
import sampleRows from "./sample-rows.json";

interface SampleRow {
  values: Values;
  /** Rows referred to, by their numbers from 1. */
  references: Values;
  links: Values;
}

const rowsByPath: Record<string, SampleRow[]> = sampleRows;

function bodiesOf({ path }: Resource): Values[] {
  const rows = rowsByPath[path] ?? [];
  return rows.map(({ values, references, links }) => ({ ...values, ...references, ...links }));
}

/** Leaves out what a row can be without, since it may refer to rows that are yet to come. */
function withoutOptionalTargets(resource: Resource, body: Values): Values {
  const { input, references = {}, links = {} } = resource;
  const keys = [...Object.values(references), ...Object.values(links)].map(({ key }) => key);
  const optional = keys.filter(
    (key) => key !== undefined && z.safeParse(input.shape[key], undefined).success,
  );
  return Object.fromEntries(Object.entries(body).filter(([name]) => !optional.includes(name)));
}

/** Fills a database that never held a row with the sample rows, whose numbers become their ids. */
export async function addSampleData(database: Database): Promise<void> {
  const { rows } = await database.client.execute("SELECT 1 FROM sqlite_sequence LIMIT 1");
  if (rows.length > 0) return;
  for (const resource of resources) {
    for (const body of bodiesOf(resource)) {
      await createRow(database, resource, withoutOptionalTargets(resource, body));
    }
  }
  for (const resource of resources) {
    for (const [index, body] of bodiesOf(resource).entries()) {
      await replaceRow(database, resource, index + 1, body);
    }
  }
}
