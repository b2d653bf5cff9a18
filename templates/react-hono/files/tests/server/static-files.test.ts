import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Hono } from "hono";
import { afterEach, beforeEach, expect, test } from "vitest";
import { serveWeb } from "../../src/server/static-files";
import { temporaryFolder } from "./harness";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let app: Hono;

beforeEach(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder.path, "assets"));
  await writeFile(join(folder.path, "index.html"), "<h1>Start</h1>");
  await writeFile(join(folder.path, "assets", "main.js"), "run()");
  app = new Hono();
  serveWeb(app, folder.path);
});
afterEach(() => folder.remove());

const page = { headers: { Accept: "text/html" } };

test("serves the start page", async () => {
  const answer = await app.request("/");
  expect(await answer.text()).toBe("<h1>Start</h1>");
});

test("serves built files to be kept", async () => {
  const answer = await app.request("/assets/main.js");
  expect(await answer.text()).toBe("run()");
  expect(answer.headers.get("Cache-Control")).toContain("immutable");
});

test("serves the start page for the addresses of pages only", async () => {
  const statuses = await Promise.all([
    app.request("/some/page", page),
    app.request("/some/file.js"),
    app.request("/api/nothing", page),
    app.request("/%2e%2e/%2e%2e/etc/passwd"),
  ]);
  expect(statuses.map(({ status }) => status)).toEqual([200, 404, 404, 404]);
});
