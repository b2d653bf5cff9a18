import { createApp } from "./app";
import { prepareDatabase } from "./prepare";
import { readSettings } from "./settings";

/** What `npm run dev` serves below /api: the application with its sample data. */
export async function developmentApp() {
  const settings = readSettings({ SAMPLE_DATA: "true", ...process.env });
  return createApp(await prepareDatabase(settings));
}
