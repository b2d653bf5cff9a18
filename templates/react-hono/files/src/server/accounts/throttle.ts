const attempts = 5;
const windowMs = 15 * 60 * 1000;
const maximumKeys = 10_000;

interface Failures {
  count: number;
  until: number;
}

/** Slows down guessing: after five failures a key is refused until its window ends. */
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
