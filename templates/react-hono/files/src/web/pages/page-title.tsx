import { type ReactNode, useEffect, useRef } from "react";
import { useLocation } from "react-router";
import { useI18n } from "../i18n/i18n";

interface PageTitleProps {
  text: string;
  /** Buttons that belong to the page as a whole. */
  children?: ReactNode;
}

/** The heading of a page; it takes the focus when a link has led here, so that it is read out. */
export function PageTitle({ text, children }: PageTitleProps) {
  const { t } = useI18n();
  const heading = useRef<HTMLHeadingElement>(null);
  // The router calls the place where a visit began "default": there the browser sets the focus.
  const arrivedByLink = useLocation().key !== "default";

  useEffect(() => {
    document.title = `${text} · ${t("app.title")}`;
  }, [text, t]);

  useEffect(() => {
    if (arrivedByLink) {
      heading.current?.focus();
    }
  }, [arrivedByLink]);

  return (
    <div className="page-title">
      <h1 ref={heading} tabIndex={-1}>
        {text}
      </h1>
      {children && <div className="page-actions">{children}</div>}
    </div>
  );
}
