import type { z } from "zod";

/** What is wrong with one value of a request; `path` is dotted, such as "tagIds.0". */
export interface FieldError {
  path: string;
  code: string;
  message: string;
  params: Record<string, string | number>;
}

/** Rows of one entity that still refer, through `field`, to the row that was to be deleted. */
export interface RemainingReference {
  entity: string;
  field: string;
  label: string;
  count: number;
}

/** The body of every failed request (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  errors?: FieldError[];
  references?: RemainingReference[];
}

type Finding = Pick<FieldError, "code" | "params">;

/** zod's names for formats, where ours differ. */
const formatNames: Record<string, string> = {
  guid: "uuid",
  regex: "pattern",
};

function valueAt(input: unknown, path: PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

function isMissing(value: unknown): boolean {
  const isEmptyList = Array.isArray(value) && value.length === 0;
  return value === undefined || value === null || value === "" || isEmptyList;
}

function finding(issue: z.core.$ZodIssue, value: unknown): Finding {
  if (isMissing(value)) {
    return { code: "required", params: {} };
  }
  switch (issue.code) {
    case "invalid_type":
      if (issue.expected === "int" && typeof value === "number") {
        return { code: "not_integer", params: {} };
      }
      return { code: "invalid_type", params: { expected: issue.expected } };
    case "too_small": {
      const code = typeof value === "number" ? "too_small" : "too_short";
      return { code, params: { minimum: Number(issue.minimum) } };
    }
    case "too_big": {
      const code = typeof value === "number" ? "too_big" : "too_long";
      return { code, params: { maximum: Number(issue.maximum) } };
    }
    case "invalid_format": {
      const format = formatNames[issue.format] ?? issue.format;
      return { code: "invalid_format", params: { format } };
    }
    case "custom": {
      const { code, ...params } = issue.params ?? {};
      return { code, params };
    }
    default:
      return { code: issue.code, params: {} };
  }
}

/** Puts what zod found in `input` into the words that the API and the forms share. */
export function fieldErrors(error: z.ZodError, input: unknown): FieldError[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        path: [...issue.path, key].join("."),
        code: "unknown_field",
        message: "There is no such field",
        params: {},
      }));
    }
    const value = valueAt(input, issue.path);
    return {
      path: issue.path.join("."),
      message: issue.message,
      ...finding(issue, value),
    };
  });
}
