import { Navigate, Outlet, useLocation } from "react-router";
import { Failure } from "../components/failure";
import { Loading } from "../components/loading";
import { useSession } from "./session";

/** Lets only people through who are signed in; others sign in first and then come back. */
export function RequireSession() {
  const { pathname, search } = useLocation();
  const session = useSession();

  if (session.isError) {
    return <Failure error={session.error} onRetry={session.refetch} />;
  }
  if (session.isPending) {
    return <Loading />;
  }
  if (session.data.user === null) {
    return <Navigate to="/sign-in" replace state={{ from: pathname + search }} />;
  }
  return <Outlet />;
}
