import {
  catalogues,
  defaultLanguage,
  type Language,
  type Message,
  type MessageKey,
} from "./catalogues";

export type Parameters = Record<string, string | number>;

export type Translate = (key: MessageKey, parameters?: Parameters) => string;

/** Returns the key if there is such a message; for keys put together from data, such as an error's code. */
export function messageKey(key: string): MessageKey | undefined {
  return Object.hasOwn(catalogues[defaultLanguage], key) ? (key as MessageKey) : undefined;
}

/** Makes the `t` of one language: `{name}` is replaced by a parameter, `count` chooses the plural form. */
export function translator(language: Language): Translate {
  const catalogue: Record<MessageKey, Message> = catalogues[language];
  const pluralRules = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);

  function textOf(message: Message, count: string | number | undefined): string {
    if (typeof message === "string") {
      return message;
    }
    return message[pluralRules.select(Number(count))] ?? message.other ?? "";
  }

  return (key, parameters = {}) =>
    textOf(catalogue[key], parameters.count).replace(/\{(\w+)\}/g, (placeholder, name: string) => {
      const value = parameters[name] ?? placeholder;
      return typeof value === "number" ? numbers.format(value) : value;
    });
}
