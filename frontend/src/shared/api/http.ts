import type { ErrorBody, FieldError } from "./types";

/** The server refused; `errors` name the fields, `requestId` finds the request in its log. */
export class ApiError extends Error {
  override name = "ApiError";

  constructor(
    readonly status: number,
    readonly errors: FieldError[],
    readonly requestId: string | null,
    readonly retryAfterMs: number | null = null,
  ) {
    super(errors.map((item) => (item.attr ? `${item.attr}: ${item.detail}` : item.detail)).join("; "));
  }

  /** What is wrong with one field, for display beside it. */
  field(attr: string): string | undefined {
    return this.errors.find((item) => item.attr === attr)?.detail;
  }
}

/** No answer came: the server or the way to it is down. */
export class OfflineError extends Error {
  override name = "OfflineError";
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface RequestOptions {
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

function cookie(name: string): string | undefined {
  const prefix = `${name}=`;
  const found = document.cookie.split("; ").find((item) => item.startsWith(prefix));
  return found === undefined ? undefined : decodeURIComponent(found.slice(prefix.length));
}

function withQuery(path: string, query: RequestOptions["query"]): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined) params.set(key, String(value));
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

function isErrorBody(value: unknown): value is ErrorBody {
  return typeof value === "object" && value !== null && Array.isArray((value as ErrorBody).errors);
}

async function toApiError(response: Response): Promise<ApiError> {
  const requestId = response.headers.get("X-Request-ID");
  const retryAfter = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const body: unknown = await response.json().catch(() => null); // a proxy's error page is no JSON
  const errors = isErrorBody(body)
    ? body.errors
    : [{ code: "error", detail: `The server answered ${response.status}.`, attr: null }];
  const wait = Number.isFinite(retryAfter) ? retryAfter * 1000 : null;
  return new ApiError(response.status, errors, requestId, wait);
}

function headersFor(method: Method, options: RequestOptions): Record<string, string> {
  const token = method === "GET" ? undefined : cookie("csrftoken");
  return {
    Accept: "application/json",
    ...(options.body === undefined ? {} : { "Content-Type": "application/json" }),
    ...(token === undefined ? {} : { "X-CSRFToken": token }),
    ...options.headers,
  };
}

/** One request to the server's own origin. Throws ApiError or OfflineError. */
export async function request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(withQuery(path, options.query), {
      method,
      credentials: "same-origin",
      headers: headersFor(method, options),
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new OfflineError("No answer from the server.");
  }
  if (!response.ok) throw await toApiError(response);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

/** Answers that will not get better by asking again at once: bad input, no access, a conflict. */
export function isFinal(error: unknown): boolean {
  return error instanceof ApiError && error.status < 500 && error.status !== 429 && error.status !== 408;
}
