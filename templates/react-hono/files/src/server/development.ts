import { createApp } from "./app";
import { prepareDatabase } from "./prepare";
import { environment, readSettings } from "./settings";

const settings = readSettings({ ...environment(), SAMPLE_DATA: "true" });
const database = await prepareDatabase(settings);

/** What `npm run dev` serves below /api: the application with its sample data. */
export const app = createApp(database);

import.meta.hot?.dispose(() => database.close());
