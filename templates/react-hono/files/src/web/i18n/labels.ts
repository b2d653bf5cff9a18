import { messageKey, type Translate } from "./translate";

/** Where the catalogues name the values of an enumeration, such as `enum.status`. */
export type ChoiceLabels = `enum.${string}`;

/** Names a value of an enumeration; one that the catalogues do not know stands for itself. */
export function choiceLabel(t: Translate, labels: ChoiceLabels, choice: string): string {
  const key = messageKey(`${labels}.${choice}`);
  return key === undefined ? choice : t(key);
}

/** A label as it stands within a sentence: English writes `Book` small there, but not `ISBN`. */
export function inSentence(label: string, language: string): string {
  const isWord = /^\p{Lu}\p{Ll}/u.test(label);
  return language === "en" && isWord ? label.charAt(0).toLowerCase() + label.slice(1) : label;
}
