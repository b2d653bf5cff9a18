import type { FeatureMessages } from "../i18n/catalogues";

/** What the features say, each message in every language of the project. */
export const messages = {} satisfies FeatureMessages;
