import { useEffect, useState } from "react";
import { useI18n } from "../i18n/i18n";
import { recall, remember } from "../preferences";

const themes = ["system", "light", "dark"] as const;
type Theme = (typeof themes)[number];

const symbols: Record<Theme, string> = {
  system: "◐",
  light: "☀",
  dark: "☾",
};

/** Goes round system, light and dark. `theme.js` applies the same choice before the first paint. */
export function ThemeToggle() {
  const { t } = useI18n();
  const [theme, setTheme] = useState<Theme>(
    () => themes.find((one) => one === recall("theme")) ?? "system",
  );
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system";

  useEffect(() => {
    if (theme === "system") {
      delete document.documentElement.dataset.theme;
    } else {
      document.documentElement.dataset.theme = theme;
    }
    remember("theme", theme === "system" ? null : theme);
  }, [theme]);

  return (
    <button
      type="button"
      className="button compact"
      aria-label={t(`theme.${theme}`)}
      title={t(`theme.${theme}`)}
      onClick={() => setTheme(next)}
    >
      <span aria-hidden="true">{symbols[theme]}</span>
    </button>
  );
}
