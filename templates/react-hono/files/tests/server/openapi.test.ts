import { afterAll, beforeAll, expect, test } from "vitest";
import { resources } from "../../src/server/entities";
import { type Api, startApi } from "./harness";

let api: Api;
let document: Record<string, unknown>;

beforeAll(async () => {
  api = await startApi();
  const { body } = await api.send("GET", "openapi.json");
  document = body;
});
afterAll(() => api.close());

function references(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === "$ref" ? String(inner) : references(inner),
  );
}

function resolve(reference: string): unknown {
  const [, ...names] = reference.split("/");
  return names.reduce<unknown>(
    (value, name) => (value as Record<string, unknown> | undefined)?.[name],
    document,
  );
}

test("is an OpenAPI 3.1 document", () => {
  expect(document).toMatchObject({ openapi: "3.1.0", info: { title: expect.any(String) } });
});

test.each(resources.map(({ path }) => path))("describes every operation on %s", (path) => {
  expect(document.paths).toMatchObject({
    [`/api/${path}`]: { get: {}, post: {} },
    [`/api/${path}/options`]: { get: {} },
    [`/api/${path}/{id}`]: { get: {}, put: {}, delete: {} },
  });
});

test("holds everything that it refers to", () => {
  const all = references(document);
  expect(all.length).toBeGreaterThan(0);
  expect(all.filter((reference) => resolve(reference) === undefined)).toEqual([]);
});
