import { messageKey, type Translate } from "./translate";

/** Where the catalogues name the values of an enumeration, such as `enum.status`. */
export type ChoiceLabels = `enum.${string}`;

/** Names a value of an enumeration; one that the catalogues do not know stands for itself. */
export function choiceLabel(t: Translate, labels: ChoiceLabels, choice: string): string {
  const key = messageKey(`${labels}.${choice}`);
  return key === undefined ? choice : t(key);
}
