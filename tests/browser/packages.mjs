// The packages of this folder's package.json; scripts/browser installs them outside of the source tree.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

export const targetFolder = fileURLToPath(new URL("../../target/", import.meta.url));

const require = createRequire(`${targetFolder}browser/packages/`);

export const { chromium } = require("playwright-core");
export const { source: axeSource } = require("axe-core");
