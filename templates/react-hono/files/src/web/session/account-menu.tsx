import { Link, useLocation } from "react-router";
import { useI18n } from "../i18n/i18n";
import { choiceLabel } from "../i18n/labels";
import { useSession, useSignOut } from "./session";

/** Who is signed in, and the way out; or the way in. */
export function AccountMenu() {
  const { t } = useI18n();
  const session = useSession();
  const signOut = useSignOut();
  const { pathname } = useLocation();

  if (session.data === undefined) {
    return null;
  }
  if (session.data.user === null) {
    return pathname === "/sign-in" ? null : (
      <Link className="button" to="/sign-in">
        {t("sign_in.submit")}
      </Link>
    );
  }
  const { login, role } = session.data.user;
  return (
    <div className="account">
      <Link className="account-name" to="/password" title={t("password.title")}>
        {login} · {choiceLabel(t, "enum.role", role)}
      </Link>
      <button type="button" className="button" onClick={() => signOut.mutate()}>
        {t("sign_in.sign_out")}
      </button>
    </div>
  );
}
