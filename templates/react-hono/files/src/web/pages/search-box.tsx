import { useEffect, useRef, useState } from "react";
import { useI18n } from "../i18n/i18n";

interface SearchBoxProps {
  text: string;
  onSearch: (text: string) => void;
}

const pauseMs = 250;

/** Searches while one types, at each short pause; at once on leaving the box. */
export function SearchBox({ text, onSearch }: SearchBoxProps) {
  const { t } = useI18n();
  const [typed, setTyped] = useState<string | null>(null);
  const timer = useRef<number>(undefined);

  useEffect(() => () => clearTimeout(timer.current), []);

  function type(value: string) {
    setTyped(value);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => onSearch(value.trim()), pauseMs);
  }

  function leave() {
    clearTimeout(timer.current);
    if (typed !== null && typed.trim() !== text) {
      onSearch(typed.trim());
    }
    setTyped(null);
  }

  return (
    <div className="search-box">
      <input
        type="search"
        aria-label={t("list.search")}
        placeholder={t("list.search")}
        value={typed ?? text}
        onChange={(event) => type(event.target.value)}
        onBlur={leave}
      />
    </div>
  );
}
