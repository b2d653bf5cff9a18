import { defaultLanguage } from "../../../src/web/i18n/catalogues";
import { formats } from "../../../src/web/i18n/formats";
import { regional } from "../../../src/web/i18n/i18n";
import { translator } from "../../../src/web/i18n/translate";

/** Says what the interface says in the language that the tests use. */
export const t = translator(defaultLanguage);

export const format = formats(regional(defaultLanguage));
