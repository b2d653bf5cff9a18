import { Link, useNavigate } from "react-router";
import { type Row, useSaveRow } from "../api/rows";
import { useAnnounce } from "../components/announcer";
import { draftOf } from "../forms/draft";
import { useForm } from "../forms/form";
import { FormFrame } from "../forms/form-frame";
import { useI18n } from "../i18n/i18n";
import type { EntityDefinition } from "./definition";
import { LeaveGuard } from "./leave-guard";

interface RowFormProps<Item extends Row, Input> {
  definition: EntityDefinition<Item, Input>;
  row: Partial<Item>;
}

/** The form behind the pages that create and edit a row. */
export function RowForm<Item extends Row, Input>({ definition, row }: RowFormProps<Item, Input>) {
  const { entity, schema, FormFields } = definition;
  const { t } = useI18n();
  const announce = useAnnounce();
  const navigate = useNavigate();
  const saveRow = useSaveRow<Item>(entity.path, row.id);
  const home = row.id === undefined ? `/${entity.path}` : `/${entity.path}/${row.id}`;
  const form = useForm({
    schema,
    initial: draftOf(schema, row),
    async save(input) {
      const { id } = await saveRow.mutateAsync(input);
      announce(t("form.saved"));
      navigate(`/${entity.path}/${id}`, { replace: true, state: { saved: true } });
    },
  });

  return (
    <FormFrame
      form={form}
      submitText={t("form.save")}
      action={
        <Link className="button" to={home}>
          {t("action.cancel")}
        </Link>
      }
    >
      <FormFields form={form} row={row} />
      <LeaveGuard active={form.changed} />
    </FormFrame>
  );
}
