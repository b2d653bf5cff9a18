import { useNavigate } from "react-router";
import { passwordChange } from "../../shared/account";
import { write } from "../api/client";
import { useAnnounce } from "../components/announcer";
import { useForm } from "../forms/form";
import { FormFrame } from "../forms/form-frame";
import { TextField } from "../forms/text-field";
import { useI18n } from "../i18n/i18n";
import { PageTitle } from "../pages/page-title";
import { useSession } from "./session";

export function PasswordPage() {
  const { t } = useI18n();
  const announce = useAnnounce();
  const navigate = useNavigate();
  const session = useSession();
  const form = useForm({
    schema: passwordChange,
    initial: {
      currentPassword: null,
      newPassword: null,
    },
    async save(input) {
      await write("PUT", "/session/password", input);
      announce(t("password.changed"));
      navigate("/");
    },
  });

  return (
    <>
      <PageTitle text={t("password.title")} />
      <FormFrame form={form} submitText={t("form.save")}>
        {/* Tells a password keeper whose password this is. */}
        <input hidden readOnly autoComplete="username" value={session.data?.user?.login ?? ""} />
        <TextField
          field={form.field("currentPassword")}
          label={t("password.current")}
          type="password"
          autoComplete="current-password"
        />
        <TextField
          field={form.field("newPassword")}
          label={t("password.new")}
          type="password"
          autoComplete="new-password"
        />
      </FormFrame>
    </>
  );
}
