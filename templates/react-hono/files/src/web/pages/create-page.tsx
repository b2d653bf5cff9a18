import { useLocation } from "react-router";
import type { Row } from "../api/rows";
import { useI18n } from "../i18n/i18n";
import { inSentence } from "../i18n/labels";
import { Breadcrumb } from "./breadcrumb";
import type { EntityDefinition } from "./definition";
import { PageTitle } from "./page-title";
import { RowForm } from "./row-form";

interface CreatePageProps<Item extends Row, Input> {
  definition: EntityDefinition<Item, Input>;
}

export function CreatePage<Item extends Row, Input>({ definition }: CreatePageProps<Item, Input>) {
  const { t, language } = useI18n();
  const { state } = useLocation();
  const name = inSentence(t(definition.entity.one), language);
  return (
    <>
      <Breadcrumb entity={definition.entity} />
      <PageTitle text={t("form.create_title", { entity: name })} />
      <RowForm definition={definition} row={state?.start ?? {}} />
    </>
  );
}
