import { expect, test } from "vitest";
import { refuse } from "../../src/server/http/problem";

test("a refused value is told in the form of failures, and nothing beside it", () => {
  const found = { path: "day", code: "taken", message: "It is taken", row: { id: 7 } };
  expect(refuse(409, found).content).toEqual({
    errors: [{ path: "day", code: "taken", message: "It is taken", params: {} }],
  });
});
