import { serveStatic } from "@hono/node-server/serve-static";
import type { Hono } from "hono";

const yearSeconds = 365 * 24 * 60 * 60;

/** Serves the built pages: files as they are, index.html for every address that the router knows. */
export function serveWeb(app: Hono, folder: string): void {
  app.use("/assets/*", async (context, next) => {
    await next();
    if (context.res.ok) {
      context.header("Cache-Control", `public, max-age=${yearSeconds}, immutable`);
    }
  });
  app.use(serveStatic({ root: folder }));
  app.get("*", async (context, next) => {
    const wantsPage = context.req.header("Accept")?.includes("text/html");
    if (!wantsPage || context.req.path.startsWith("/api/")) return next();
    return serveStatic({ root: folder, path: "index.html" })(context, next);
  });
}
