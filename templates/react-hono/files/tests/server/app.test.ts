import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { resources } from "../../src/server/entities";
import { type Api, startApi } from "./harness";

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await api.close();
});

const [{ path }] = resources as [(typeof resources)[number]];

function post(body: string, headers: Record<string, string>) {
  return api.app.request(`/api/${path}`, {
    method: "POST",
    headers,
    body,
  });
}

test("tells that it is healthy", async () => {
  expect(await api.send("GET", "health")).toMatchObject({ status: 200, body: { status: "ok" } });
});

test("answers with security headers and is not cached", async () => {
  const { headers } = await api.send("GET", "health");
  expect(headers.get("Content-Security-Policy")).toContain("default-src 'self'");
  expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
  expect(headers.get("Cache-Control")).toBe("no-store");
});

test("answers an unknown address with a problem", async () => {
  const { status, headers, body } = await api.send("GET", "no-such-thing");
  expect(status).toBe(404);
  expect(headers.get("Content-Type")).toBe("application/problem+json");
  expect(body).toEqual({ type: "about:blank", title: "Not found", status: 404 });
});

test("keeps the cause of an unforeseen failure to itself", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  api.database.close();
  const { status, body } = await api.send("GET", path);
  expect(status).toBe(500);
  expect(body).toEqual({ type: "about:blank", title: "Internal server error", status: 500 });
});

describe("bodies", () => {
  test("have to be JSON", async () => {
    const malformed = await post("{", { "Content-Type": "application/json" });
    const text = await post("{}", { "Content-Type": "text/plain" });
    expect(malformed.status).toBe(400);
    expect(text.status).toBe(415);
  });

  test("have to be objects", async () => {
    for (const body of ["null", "[]", "1"]) {
      const answer = await post(body, { "Content-Type": "application/json" });
      expect(answer.status).toBe(422);
    }
  });

  test("are refused beyond 10 MiB", async () => {
    const body = JSON.stringify("x".repeat(10 * 1024 * 1024));
    const answer = await post(body, {
      "Content-Type": "application/json",
      "Content-Length": String(body.length),
    });
    expect(answer.status).toBe(413);
  });
});

describe("changes", () => {
  test.each([
    ["Origin", "https://other.example"],
    ["Origin", "null"],
    ["Sec-Fetch-Site", "cross-site"],
  ])("are refused with %s: %s", async (name, value) => {
    const answer = await post("{}", { "Content-Type": "application/json", [name]: value });
    expect(answer.status).toBe(403);
  });

  test("are accepted from the application's own pages", async () => {
    const answer = await post("{}", {
      "Content-Type": "application/json",
      Host: "app.example",
      Origin: "https://app.example",
      "Sec-Fetch-Site": "same-origin",
    });
    expect(answer.status).not.toBe(403);
  });
});
