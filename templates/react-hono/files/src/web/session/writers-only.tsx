import type { ReactNode } from "react";
import { ApiError } from "../api/client";
import { Failure } from "../components/failure";
import { useI18n } from "../i18n/i18n";
import { PageTitle } from "../pages/page-title";
import type { RegisteredEntity } from "../registry";
import { useCanWrite } from "./session";

interface WritersOnlyProps {
  entity: RegisteredEntity;
  children: ReactNode;
}

/** Shows a page that changes rows only to those who may; the server would refuse the others. */
export function WritersOnly({ entity, children }: WritersOnlyProps) {
  const { t } = useI18n();
  if (useCanWrite(entity)) {
    return children;
  }
  return (
    <>
      <PageTitle text={t(entity.one)} />
      <Failure error={new ApiError(403)} />
    </>
  );
}
