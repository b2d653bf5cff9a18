import { createContext, type ReactNode, use, useEffect, useMemo, useState } from "react";
import { recall, remember } from "../preferences";
import { catalogues, defaultLanguage, type Language } from "./catalogues";
import { type Formats, formats } from "./formats";
import { type Translate, translator } from "./translate";

export const languages = Object.keys(catalogues) as Language[];

const rightToLeft = new Set(["ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"]);

type I18n = {
  language: Language;
  setLanguage: (language: Language) => void;
  t: Translate;
  format: Formats;
};

const I18nContext = createContext<I18n | null>(null);

function firstLanguage(): Language {
  const wanted = [recall("language"), ...navigator.languages.map((tag) => tag.split("-")[0])];
  const known = wanted.flatMap((code) => languages.filter((language) => language === code));
  return known[0] ?? defaultLanguage;
}

/** The language as the reader's region writes its dates and numbers: `en-GB` for `en`. */
export function regional(language: Language): string {
  return navigator.languages.find((tag) => tag.split("-")[0] === language) ?? language;
}

export function I18nProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage);

  useEffect(() => {
    document.documentElement.lang = language;
    document.documentElement.dir = rightToLeft.has(language) ? "rtl" : "ltr";
  }, [language]);

  const value = useMemo<I18n>(
    () => ({
      language,
      setLanguage(chosen) {
        remember("language", chosen);
        setLanguage(chosen);
      },
      t: translator(language),
      format: formats(regional(language)),
    }),
    [language],
  );

  return <I18nContext value={value}>{children}</I18nContext>;
}

export function useI18n(): I18n {
  const value = use(I18nContext);
  if (value === null) {
    throw new Error("useI18n needs an I18nProvider above it");
  }
  return value;
}
