/** A plain decimal number: no exponent, no group separators. */
export const decimalPattern = /^-?\d+(\.\d+)?$/;

/** Writes a decimal without superfluous zeros, so that equal numbers are equal strings. */
export function canonicalDecimal(value: string): string {
  const negative = value.startsWith("-");
  const [whole = "", fraction = ""] = value.replace("-", "").split(".");
  const wholeDigits = whole.replace(/^0+(?=\d)/, "");
  const fractionDigits = fraction.replace(/0+$/, "");
  const digits = fractionDigits === "" ? wholeDigits : `${wholeDigits}.${fractionDigits}`;
  return negative && digits !== "0" ? `-${digits}` : digits;
}

/** Counts the digits after the decimal point. */
export function decimalPlaces(value: string): number {
  return value.split(".")[1]?.length ?? 0;
}

/** Compares two decimals exactly: negative when `left` is smaller, 0 when they are equal. */
export function compareDecimals(left: string, right: string): number {
  const places = Math.max(decimalPlaces(left), decimalPlaces(right));
  const difference = scaled(left, places) - scaled(right, places);
  return difference < 0n ? -1 : Number(difference > 0n);
}

function scaled(value: string, places: number): bigint {
  const missing = places - decimalPlaces(value);
  return BigInt(value.replace(".", "") + "0".repeat(missing));
}
