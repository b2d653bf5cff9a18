import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { FieldError, Problem, RemainingReference } from "../../shared/problem";

const titles: Partial<Record<ContentfulStatusCode, string>> = {
  400: "Bad request",
  401: "Sign-in required",
  403: "Forbidden",
  404: "Not found",
  409: "Conflict",
  413: "Request body too large",
  415: "Unsupported media type",
  422: "Invalid values",
  429: "Too many requests",
  500: "Internal server error",
};

interface ProblemContent {
  detail?: string;
  errors?: FieldError[];
  references?: RemainingReference[];
}

/** A failure whose cause the client is told. */
export class ProblemError extends Error {
  constructor(
    readonly status: ContentfulStatusCode,
    readonly content: ProblemContent = {},
  ) {
    super(content.detail ?? titles[status]);
  }
}

/** Refuses a request because of one value in it. */
export function refuse(
  status: ContentfulStatusCode,
  error: Pick<FieldError, "path" | "code" | "message"> & Partial<FieldError>,
): ProblemError {
  // What else whoever refuses has at hand, such as a whole row, is not for the client.
  const { path, code, message, params = {} } = error;
  return new ProblemError(status, { errors: [{ path, code, message, params }] });
}

/** Answers with problem+json (RFC 9457). */
export function problemResponse(
  context: Context,
  status: ContentfulStatusCode,
  content: ProblemContent = {},
): Response {
  const problem: Problem = {
    type: "about:blank",
    title: titles[status] ?? "Error",
    status,
    ...content,
  };
  return context.body(JSON.stringify(problem), status, {
    "Content-Type": "application/problem+json",
  });
}

/**
 * Turns whatever was thrown into an answer; the unforeseen is logged and not told. Of a failed query
 * the cause is logged, since the query itself holds users' values.
 */
export function answerError(error: Error, context: Context): Response {
  if (error instanceof ProblemError) {
    return problemResponse(context, error.status, error.content);
  }
  if (error instanceof HTTPException) {
    return problemResponse(context, error.status);
  }
  console.error(`${context.req.method} ${context.req.path} failed:`, error.cause ?? error);
  return problemResponse(context, 500);
}
