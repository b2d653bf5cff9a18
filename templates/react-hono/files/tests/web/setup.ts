import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeEach, vi } from "vitest";
import { defaultLanguage } from "../../src/web/i18n/catalogues";

// A busy machine needs its time; a test that passes does not wait for it.
configure({ asyncUtilTimeout: 15_000 });

beforeEach(() => {
  localStorage.clear();
  localStorage.setItem("language", defaultLanguage);
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});
