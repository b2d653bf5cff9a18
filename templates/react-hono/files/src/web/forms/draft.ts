import { startValues } from "../../shared/fields";
import type { Draft, InputSchema } from "./form";

/** The values that a form starts with: those of the row, or for a new one the defaults. */
export function draftOf<Input>(
  schema: InputSchema<Input>,
  row: { id?: number } = {},
): Draft<Input> {
  const start: Record<string, unknown> = row.id === undefined ? startValues(schema) : {};
  const values = Object.keys(schema.shape).map((name) => [
    name,
    Reflect.get(row, name) ?? start[name] ?? null,
  ]);
  return Object.fromEntries(values);
}
