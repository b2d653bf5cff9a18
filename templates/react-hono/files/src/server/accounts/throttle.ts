import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";
import { ProblemError } from "../http/problem";

const attempts = 5;
const windowMs = 15 * 60 * 1000;
const maximumKeys = 10_000;

interface Failures {
  count: number;
  until: number;
}

/** Slows down guessing: after five failures a key has to wait until its window ends. */
export function createThrottle(now: () => number = Date.now) {
  const failures = new Map<string, Failures>();

  function current(key: string): Failures | undefined {
    const entry = failures.get(key);
    if (entry && entry.until <= now()) failures.delete(key);
    return failures.get(key);
  }

  return {
    /** Seconds to wait before the next attempt; 0 when it may be made at once. */
    waitSeconds(key: string): number {
      const entry = current(key);
      if (entry === undefined || entry.count < attempts) return 0;
      return Math.ceil((entry.until - now()) / 1000);
    },
    fail(key: string): void {
      const count = (current(key)?.count ?? 0) + 1;
      failures.delete(key);
      failures.set(key, { count, until: now() + windowMs });
      const [oldest] = failures.keys();
      if (failures.size > maximumKeys && oldest !== undefined) failures.delete(oldest);
    },
    succeed: (key: string) => failures.delete(key),
  };
}

/** Refuses a request whose time has not come yet. */
export function refuseToHurry(context: Context, waitSeconds: number): void {
  if (waitSeconds === 0) return;
  context.header("Retry-After", String(waitSeconds));
  throw new ProblemError(429, { detail: "Too many attempts" });
}

/** Where a request comes from; one that did not come over a socket, as in tests, has no address. */
export function addressOf(context: Context): string {
  return context.env?.incoming ? (getConnInfo(context).remote.address ?? "") : "";
}
