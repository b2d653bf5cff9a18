import { getCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import { access } from "../../shared/access";
import type { SessionUser } from "../../shared/account";
import { ProblemError } from "../http/problem";

export const sessionCookie = "session";

export interface SessionEnvironment {
  Variables: {
    user: SessionUser | undefined;
  };
}

/** Finds out whose session a token stands for. */
export type UserLookup = (token: string | undefined) => Promise<SessionUser | undefined>;

/** Finds out who sends the request. */
export function identify(userOf: UserLookup) {
  return createMiddleware<SessionEnvironment>(async (context, next) => {
    context.set("user", await userOf(getCookie(context, sessionCookie)));
    await next();
  });
}

/** Lets the roles through that may read, or write, the rows behind a path. */
export function authorize(path: string) {
  return createMiddleware<SessionEnvironment>(async (context, next) => {
    const user = context.get("user");
    if (user === undefined) throw new ProblemError(401);
    const reads = context.req.method === "GET" || context.req.method === "HEAD";
    const allowed = reads ? access[path]?.read : access[path]?.write;
    if (!allowed?.includes(user.role)) throw new ProblemError(403);
    await next();
  });
}
