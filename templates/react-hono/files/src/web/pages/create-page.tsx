import { useLocation } from "react-router";
import type { Row } from "../api/rows";
import { useI18n } from "../i18n/i18n";
import type { EntityDefinition } from "./definition";
import { PageTitle } from "./page-title";
import { RowForm } from "./row-form";

interface CreatePageProps<Item extends Row, Input> {
  definition: EntityDefinition<Item, Input>;
}

export function CreatePage<Item extends Row, Input>({ definition }: CreatePageProps<Item, Input>) {
  const { t } = useI18n();
  const { state } = useLocation();
  return (
    <>
      <PageTitle text={t("form.create_title", { entity: t(definition.entity.one) })} />
      <RowForm definition={definition} row={state?.start ?? {}} />
    </>
  );
}
