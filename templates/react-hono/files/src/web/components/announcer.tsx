import { createContext, type ReactNode, use, useCallback, useEffect, useState } from "react";

const AnnounceContext = createContext<(text: string) => void>(() => {});

const shownMs = 5000;

/** Shows short news, such as "Saved", for a moment, and has it read out. */
export function AnnouncerProvider({ children }: { children: ReactNode }) {
  const [news, setNews] = useState<{ text: string } | null>(null);
  const announce = useCallback((text: string) => setNews({ text }), []);

  useEffect(() => {
    if (news === null) {
      return;
    }
    const timer = setTimeout(() => setNews(null), shownMs);
    return () => clearTimeout(timer);
  }, [news]);

  return (
    <AnnounceContext value={announce}>
      {children}
      <div className="announcer" role="status">
        {news && <p className="toast">{news.text}</p>}
      </div>
    </AnnounceContext>
  );
}

export function useAnnounce(): (text: string) => void {
  return use(AnnounceContext);
}
