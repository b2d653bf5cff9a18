import type { Feature } from "./feature";

/** What the server does beyond keeping rows; each feature stands in a file of its own. */
export const features: Feature[] = [];
