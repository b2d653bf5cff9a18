import { useSession } from "../session/session";
import { featurePages } from ".";
import type { FeaturePage } from "./feature";

/** The pages of the features that the person who is signed in may open. */
export function useFeaturePages(): readonly FeaturePage[] {
  const role = useSession().data?.user?.role;
  return featurePages.filter(({ roles }) => role !== undefined && (roles?.includes(role) ?? true));
}
