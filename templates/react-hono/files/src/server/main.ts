import { serve } from "@hono/node-server";
import { createApp } from "./app";
import { prepareDatabase } from "./prepare";
import { environment, readSettings } from "./settings";
import { serveWeb } from "./static-files";

const shutdownLimitMs = 10_000;

const settings = readSettings(environment());
const database = await prepareDatabase(settings);
const app = createApp(database);
serveWeb(app, "dist/web");

const server = serve({ fetch: app.fetch, hostname: settings.HOST, port: settings.PORT }, (info) => {
  console.info(`Listening on http://${settings.HOST}:${info.port}`);
});

function shutDown() {
  console.info("Shutting down");
  setTimeout(() => process.exit(1), shutdownLimitMs).unref();
  server.close(() => {
    database.close();
    process.exit(0);
  });
}

process.once("SIGINT", shutDown);
process.once("SIGTERM", shutDown);
