import { expect, test } from "vitest";
import { readSettings } from "../../src/server/settings";

test("have defaults", () => {
  expect(readSettings({ PORT: "" })).toMatchObject({
    HOST: "127.0.0.1",
    PORT: 3000,
    DATABASE_URL: "file:data/app.db",
    SAMPLE_DATA: false,
  });
});

test("come from the environment", () => {
  expect(readSettings({ PORT: "8080", SAMPLE_DATA: "true" })).toMatchObject({
    PORT: 8080,
    SAMPLE_DATA: true,
  });
});

test("are refused with the name of what is wrong", () => {
  expect(() => readSettings({ PORT: "web" })).toThrow("PORT");
});
