import type { Row } from "../api/rows";
import { useI18n } from "../i18n/i18n";
import type { RegisteredEntity } from "../registry";
import { valueText } from "./value-text";

/** Gives the text that stands for a row of an entity: its title field, or else its id. */
export function useTitle({ title }: RegisteredEntity): (row: Row) => string {
  const { t, format } = useI18n();
  return (row) => {
    const text =
      title === null ? "" : valueText(title.kind, Reflect.get(row, title.name), t, format);
    return text === "" ? `#${row.id}` : text;
  };
}
