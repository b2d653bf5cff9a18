import { canonicalDuration, durationPattern } from "../shared/duration";

const units = { D: "day", H: "hour", M: "minute", S: "second" } as const;

type UnitLetter = keyof typeof units;

export type DurationPart = { amount: number; unit: (typeof units)[UnitLetter] };

/** Splits a duration such as `PT1H30M` into its parts; undefined when the text is no duration. */
export function durationParts(text: string): DurationPart[] | undefined {
  if (!durationPattern.test(text)) {
    return undefined;
  }
  const matches = canonicalDuration(text).matchAll(/([\d.]+)([DHMS])/g);
  return Array.from(matches, ([, amount, letter]) => ({
    amount: Number(amount),
    unit: units[letter as UnitLetter],
  }));
}

/** Reads `1:30` and `1h 30m` as people type them; anything else is handed back as it is. */
export function toIsoDuration(text: string): string {
  const clock = /^(\d+):([0-5]\d)(?::([0-5]\d))?$/.exec(text);
  const words = /^(?:(\d+) *h)? *(?:(\d+) *m(?:in)?)? *(?:(\d+) *s)?$/i.exec(text);
  const [, hours, minutes, seconds] = clock ?? words ?? [];
  if (hours === undefined && minutes === undefined && seconds === undefined) {
    return text;
  }
  return canonicalDuration(`PT${hours ?? 0}H${minutes ?? 0}M${seconds ?? 0}S`);
}
