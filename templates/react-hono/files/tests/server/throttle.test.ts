import { expect, test } from "vitest";
import { createThrottle } from "../../src/server/accounts/throttle";

test("stops a key after five failures, and no other", () => {
  const throttle = createThrottle(() => 0);
  for (let attempt = 0; attempt < 5; attempt++) {
    expect(throttle.waitSeconds("one")).toBe(0);
    throttle.fail("one");
  }
  expect(throttle.waitSeconds("one")).toBe(900);
  expect(throttle.waitSeconds("other")).toBe(0);
});

test("lets a key go when its time is over", () => {
  let now = 0;
  const throttle = createThrottle(() => now);
  for (let attempt = 0; attempt < 5; attempt++) throttle.fail("one");
  now = 900_000;
  expect(throttle.waitSeconds("one")).toBe(0);
});

test("forgets failures when an attempt succeeds", () => {
  const throttle = createThrottle(() => 0);
  for (let attempt = 0; attempt < 4; attempt++) throttle.fail("one");
  throttle.succeed("one");
  throttle.fail("one");
  expect(throttle.waitSeconds("one")).toBe(0);
});
