import type { Problem } from "../../shared/problem";

/** An answer that is not a success. `problem` is missing when the server did not send one. */
export class ApiError extends Error {
  override name = "ApiError";

  constructor(
    readonly status: number,
    readonly problem?: Problem,
  ) {
    super(problem?.title ?? `HTTP ${status}`);
  }
}

/** The server gave no answer at all: it is down, or this device is offline. */
export class ConnectionError extends Error {
  override name = "ConnectionError";
}

async function problemOf(response: Response): Promise<Problem | undefined> {
  if (!response.headers.get("Content-Type")?.includes("json")) {
    return undefined;
  }
  return response.json().catch(() => undefined);
}

async function send(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`/api${path}`, init);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") {
      throw cause;
    }
    throw new ConnectionError("no answer from the server", { cause });
  }
  if (!response.ok) {
    throw new ApiError(response.status, await problemOf(response));
  }
  return response;
}

export async function get<Body>(path: string, signal?: AbortSignal): Promise<Body> {
  const response = await send(path, { signal });
  return response.json();
}

export async function write<Body>(
  method: "POST" | "PUT",
  path: string,
  body: unknown,
): Promise<Body> {
  const response = await send(path, {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return response.json();
}

export async function remove(path: string): Promise<void> {
  await send(path, { method: "DELETE" });
}
