import { languages, useI18n } from "../i18n/i18n";

function nameOf(language: string): string {
  const name = new Intl.DisplayNames(language, { type: "language" }).of(language) ?? language;
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
}

export function LanguageSelect() {
  const { t, language, setLanguage } = useI18n();
  if (languages.length === 1) {
    return null;
  }
  return (
    <select
      className="compact"
      aria-label={t("nav.language")}
      value={language}
      onChange={({ target }) => {
        const chosen = languages.find((one) => one === target.value);
        if (chosen !== undefined) {
          setLanguage(chosen);
        }
      }}
    >
      {languages.map((one) => (
        <option key={one} value={one} lang={one}>
          {nameOf(one)}
        </option>
      ))}
    </select>
  );
}
