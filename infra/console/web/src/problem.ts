import type { components } from "../../../clients/typescript/src/api";

export type Problem = components["schemas"]["Problem"];

/** Why a call has no answer. `problem` is the API's own; a gateway or a network has none. */
export class CallError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly problem: Problem | null = null,
    readonly retryAfter: number | null = null,
    readonly scope: string | null = null,
  ) {
    super(message);
    this.name = "CallError";
  }

  get retryable(): boolean {
    return this.problem?.retryable ?? (this.status === 0 || this.status === 429 || this.status >= 500);
  }
}

/** Reads whatever came in place of an answer. */
export function failure(response: Response, body: unknown): CallError {
  const after = Number(response.headers.get("retry-after"));
  const challenge = response.headers.get("www-authenticate") ?? "";
  const scope = /scope="([^"]+)"/.exec(challenge)?.[1] ?? null;
  if (isProblem(body)) {
    return new CallError(response.status, body.detail, body, body.retryAfter ?? (after || null), scope);
  }
  const message = typeof body === "object" && body && "message" in body ? String(body.message) : response.statusText;
  return new CallError(response.status, message || `The API answered ${response.status}.`, null, after || null, scope);
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "code" in body && "detail" in body;
}
