import { afterEach, expect, test, vi } from "vitest";
import { defaultLanguage } from "../../src/web/i18n/catalogues";
import { regional } from "../../src/web/i18n/i18n";
import { inSentence } from "../../src/web/i18n/labels";

afterEach(() => vi.restoreAllMocks());

test("dates and numbers are written as in the reader's region", () => {
  const region = `${defaultLanguage}-150`;
  vi.spyOn(navigator, "languages", "get").mockReturnValue(["tlh", region]);
  expect(regional(defaultLanguage)).toBe(region);
});

test("without a region of the language, they are written as in the language", () => {
  vi.spyOn(navigator, "languages", "get").mockReturnValue(["tlh"]);
  expect(regional(defaultLanguage)).toBe(defaultLanguage);
});

test("only English writes a label small within a sentence, and no abbreviation", () => {
  expect(inSentence("Library card", "en")).toBe("library card");
  expect(inSentence("ISBN", "en")).toBe("ISBN");
  expect(inSentence("Buch", "de")).toBe("Buch");
});
