const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const weekMs = 7 * dayMs;

/**
 * An ISO 8601 duration of a fixed length: weeks, days, hours, minutes, seconds.
 * Years and months are left out because their length depends on the calendar.
 */
export const durationPattern =
  /^P(?=\d|T\d)(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9})(?:\.(\d{1,3}))?S)?)?$/;

/** Reads a duration that matches {@link durationPattern}. */
export function durationToMilliseconds(value: string): number {
  const [, weeks, days, hours, minutes, seconds, fraction = ""] = durationPattern.exec(value) ?? [];
  return (
    Number(weeks ?? 0) * weekMs +
    Number(days ?? 0) * dayMs +
    Number(hours ?? 0) * hourMs +
    Number(minutes ?? 0) * minuteMs +
    Number(seconds ?? 0) * secondMs +
    Number(fraction.padEnd(3, "0"))
  );
}

/** Writes a duration in days, hours, minutes and seconds, leaving out what is zero. */
export function durationFromMilliseconds(milliseconds: number): string {
  const days = Math.floor(milliseconds / dayMs);
  const hours = Math.floor((milliseconds % dayMs) / hourMs);
  const minutes = Math.floor((milliseconds % hourMs) / minuteMs);
  const seconds = (milliseconds % minuteMs) / secondMs;
  const date = days > 0 ? `${days}D` : "";
  const time = [
    hours > 0 ? `${hours}H` : "",
    minutes > 0 ? `${minutes}M` : "",
    seconds > 0 ? `${seconds}S` : "",
  ].join("");
  if (date === "" && time === "") return "PT0S";
  return time === "" ? `P${date}` : `P${date}T${time}`;
}

/** Brings a duration into its canonical form, so that equal durations are equal strings. */
export function canonicalDuration(value: string): string {
  return durationFromMilliseconds(durationToMilliseconds(value));
}
