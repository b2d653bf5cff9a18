import type { Row } from "../api/rows";
import type { RegisteredEntity } from "../registry";
import { extras } from ".";
import type { EntityExtras } from "./feature";

/** What features add to the pages of an entity. */
export function extrasOf<Item extends Row>({ name }: RegisteredEntity): EntityExtras<Item> {
  return Object.hasOwn(extras, name) ? Reflect.get(extras, name) : {};
}
