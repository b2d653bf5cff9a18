/**
 * Tells how many decimal places the numbers of a column need to line up: those of the longest
 * one, and as with money no fewer than two unless all are whole.
 */
export function decimalPlaces(values: readonly unknown[]): number {
  const lengths = values.map((value) => String(value ?? "").split(".")[1]?.length ?? 0);
  const longest = Math.max(0, ...lengths);
  return longest === 0 ? 0 : Math.max(longest, 2);
}
