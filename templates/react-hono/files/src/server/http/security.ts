import { createMiddleware } from "hono/factory";
import { secureHeaders } from "hono/secure-headers";
import { ProblemError } from "./problem";

/** Headers that keep a browser from running or framing what is not ours. */
export const securityHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    imgSrc: ["'self'", "data:", "blob:"],
    objectSrc: ["'none'"],
  },
  referrerPolicy: "same-origin",
  strictTransportSecurity: "max-age=15552000",
});

const safeMethods = ["GET", "HEAD", "OPTIONS"];

/**
 * Refuses changes that another site asks for in a visitor's name. Browsers send `Origin` or
 * `Sec-Fetch-Site` with every such request; other clients have no session to abuse.
 */
export const sameOriginOnly = createMiddleware(async ({ req }, next) => {
  const origin = req.header("Origin");
  const site = req.header("Sec-Fetch-Site") ?? "same-origin";
  const foreign = origin ? !isOwn(origin, req.header("Host")) : !/^(same-origin|none)$/.test(site);
  if (foreign && !safeMethods.includes(req.method)) {
    throw new ProblemError(403, { detail: "The request comes from another site" });
  }
  await next();
});

function isOwn(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}
