import { useParams } from "react-router";
import { type Row, useRow } from "../api/rows";
import { Failure } from "../components/failure";
import { Loading } from "../components/loading";
import { useI18n } from "../i18n/i18n";
import { useTitle } from "../values/use-title";
import { Breadcrumb } from "./breadcrumb";
import type { EntityDefinition } from "./definition";
import { PageTitle } from "./page-title";
import { RowForm } from "./row-form";

interface EditPageProps<Item extends Row, Input> {
  definition: EntityDefinition<Item, Input>;
}

export function EditPage<Item extends Row, Input>({ definition }: EditPageProps<Item, Input>) {
  const { entity } = definition;
  const { t } = useI18n();
  const { id = "" } = useParams();
  const title = useTitle(entity);
  const query = useRow<Item>(entity.path, id);

  if (query.isError) {
    return (
      <>
        <PageTitle text={t(entity.one)} />
        <Failure error={query.error} onRetry={query.refetch} />
      </>
    );
  }
  // What was read earlier may be old by now; a form must start from what is stored.
  if (!query.isFetchedAfterMount || query.data === undefined) {
    return <Loading />;
  }
  const label = title(query.data);
  return (
    <>
      <Breadcrumb entity={entity} row={{ id: query.data.id, label }} />
      <PageTitle text={t("form.edit_title", { title: label })} />
      <RowForm definition={definition} row={query.data} />
    </>
  );
}
