import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { access } from "../../shared/access";
import type { Credentials, Session } from "../../shared/account";
import { get, remove, write } from "../api/client";
import { entities, type RegisteredEntity } from "../registry";

export const sessionKey = ["session"];

/** Who is signed in, as far as the server has said so yet. */
export function useSession() {
  return useQuery({
    queryKey: sessionKey,
    queryFn: ({ signal }) => get<Session>("/session", signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (credentials: Credentials) => write<Session>("POST", "/session", credentials),
    onSuccess: (session) => client.setQueryData(sessionKey, session),
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => remove("/session"),
    onSuccess() {
      client.setQueryData<Session>(sessionKey, { user: null });
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
    },
  });
}

/** Whether the person who is signed in may change the rows of an entity. */
export function useCanWrite({ path }: RegisteredEntity): boolean {
  const role = useSession().data?.user?.role;
  return role !== undefined && access[path]?.write.includes(role) === true;
}

/** The entities whose rows the person who is signed in may look at. */
export function useReadableEntities(): readonly RegisteredEntity[] {
  const role = useSession().data?.user?.role;
  return entities.filter(({ path }) => role !== undefined && access[path]?.read.includes(role));
}
