import { cleanup } from "@testing-library/react";
import { afterEach, beforeEach, vi } from "vitest";
import { defaultLanguage } from "../../src/web/i18n/catalogues";

beforeEach(() => {
  localStorage.clear();
  localStorage.setItem("language", defaultLanguage);
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});
