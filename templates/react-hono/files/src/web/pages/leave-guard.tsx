import { useEffect } from "react";
import { useBlocker } from "react-router";
import { Dialog } from "../components/dialog";
import { useI18n } from "../i18n/i18n";

/** Asks before a form with unsaved changes is left, unless the way leads on from saving it. */
export function LeaveGuard({ active }: { active: boolean }) {
  const { t } = useI18n();
  const blocker = useBlocker(({ nextLocation }) => active && nextLocation.state?.saved !== true);

  useEffect(() => {
    if (!active) {
      return;
    }
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [active]);

  if (blocker.state !== "blocked") {
    return null;
  }
  return (
    <Dialog title={t("leave.title")} onClose={() => blocker.reset()}>
      <p>{t("leave.text")}</p>
      <div className="dialog-actions">
        <button type="button" className="button primary" onClick={() => blocker.reset()}>
          {t("leave.stay")}
        </button>
        <button type="button" className="button" onClick={() => blocker.proceed()}>
          {t("leave.leave")}
        </button>
      </div>
    </Dialog>
  );
}
