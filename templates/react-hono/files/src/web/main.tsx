import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter } from "react-router";
import { config } from "zod";
import { App } from "./app";
import { routes } from "./routes";
import "./styles/main.css";

const root = document.getElementById("root");
if (root === null) {
  throw new Error("index.html has no element with the id root");
}

// Compiled schemas need `eval`, which the content security policy forbids.
config({ jitless: true });

createRoot(root).render(
  <StrictMode>
    <App router={createBrowserRouter(routes)} />
  </StrictMode>,
);
