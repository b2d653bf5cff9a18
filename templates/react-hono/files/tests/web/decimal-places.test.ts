import { expect, test } from "vitest";
import { decimalPlaces } from "../../src/web/values/decimal-places";
import { format } from "./support/language";

test.each([
  [["34.75", "5.5", "129", null], 2],
  [["1.125", "2"], 3],
  [["7", "8", null], 0],
  [[], 0],
])("the numbers %j line up with %i decimal places", (values, places) => {
  expect(decimalPlaces(values)).toBe(places);
});

test("a number is filled up to the places asked for, and never cut", () => {
  expect(format.decimal("5.5", 2)).toBe(format.decimal("5.50"));
  expect(format.decimal("1.125", 2)).toBe(format.decimal("1.125"));
  expect(format.decimal("5.5", 2)).not.toBe(format.decimal("5.5"));
});
