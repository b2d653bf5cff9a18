import { getRequestListener } from "@hono/node-server";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Serves the API from the development server, reloaded whenever a server file changes. */
function apiServer(): Plugin {
  return {
    name: "api-server",
    apply: "serve",
    configureServer(server) {
      server.middlewares.use(async (request, response, next) => {
        if (!request.url?.startsWith("/api/")) {
          next();
          return;
        }
        try {
          const { app } = await server.ssrLoadModule("/src/server/development.ts");
          await getRequestListener(app.fetch)(request, response);
        } catch (error) {
          next(error);
        }
      });
    },
  };
}

export default defineConfig({
  plugins: [react(), apiServer()],
  builder: {},
  environments: {
    client: {
      build: {
        outDir: "dist/web",
        assetsInlineLimit: 0,
      },
    },
    ssr: {
      build: {
        outDir: "dist/server",
        rolldownOptions: {
          input: "src/server/main.ts",
        },
      },
    },
  },
});
