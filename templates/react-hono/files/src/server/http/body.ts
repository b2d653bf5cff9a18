import type { Context } from "hono";
import type { z } from "zod";
import { fieldErrors } from "../../shared/problem";
import { ProblemError } from "./problem";

/** Reads a JSON body; whether its values are valid is for `validated` to say. */
export async function jsonBody({ req }: Context): Promise<unknown> {
  if (!/^application\/json\b/i.test(req.header("Content-Type") ?? "")) throw new ProblemError(415);
  try {
    return await req.json();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ProblemError(400, { detail: "The body is not valid JSON" });
  }
}

/** Returns the value in its canonical form, or throws a problem that names every error in it. */
export function validated<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) throw new ProblemError(422, { errors: fieldErrors(result.error, value) });
  return result.data;
}
