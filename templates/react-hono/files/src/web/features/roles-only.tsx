import type { ReactNode } from "react";
import { ApiError } from "../api/client";
import { Failure } from "../components/failure";
import { useI18n } from "../i18n/i18n";
import { PageTitle } from "../pages/page-title";
import type { FeaturePage } from "./feature";
import { useFeaturePages } from "./use-feature-pages";

interface RolesOnlyProps {
  page: FeaturePage;
  children: ReactNode;
}

/** Shows a page only to those who may open it; the server would refuse the others. */
export function RolesOnly({ page, children }: RolesOnlyProps) {
  const { t } = useI18n();
  const pages = useFeaturePages();
  if (pages.includes(page)) {
    return children;
  }
  return (
    <>
      <PageTitle text={t(page.label)} />
      <Failure error={new ApiError(403)} />
    </>
  );
}
