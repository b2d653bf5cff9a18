type Preference = "language" | "theme";

/** Reads a choice kept in this browser; null when there is none or storage is blocked. */
export function recall(preference: Preference): string | null {
  try {
    return localStorage.getItem(preference);
  } catch {
    return null;
  }
}

/** Keeps a choice in this browser, or forgets it for null. A blocked storage only means it is not kept. */
export function remember(preference: Preference, value: string | null): void {
  try {
    if (value === null) {
      localStorage.removeItem(preference);
    } else {
      localStorage.setItem(preference, value);
    }
  } catch {
    // The choice then lasts as long as the page.
  }
}
