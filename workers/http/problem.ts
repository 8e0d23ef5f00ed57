import { errorCatalogue } from "../../core/errors.ts";
import { mediaTypes } from "../../core/media-types.ts";
import { retryAfter, toRegistryError } from "./errors.ts";
import { statusOf } from "./status.ts";
import type { SurfaceContext } from "./surface.ts";

/** Answers an error as `application/problem+json` (RFC 9457) with the fields that the API documents. */
export function problem(c: SurfaceContext, thrown: unknown): Response {
  const error = toRegistryError(c, thrown);
  const status = statusOf[error.code];
  const body = {
    type: `https://gati.dev/problems/${error.code}`,
    title: errorCatalogue[error.code],
    status,
    code: error.code,
    detail: error.message,
    details: error.details,
    suggestions: error.suggestions,
    requestId: c.get("requestId"),
    timestamp: new Date().toISOString(),
  };
  const headers: Record<string, string> = { "Content-Type": mediaTypes.problem, "Cache-Control": "no-store" };
  Object.assign(headers, retryAfter(error));
  if (status === 401) headers["WWW-Authenticate"] = 'Bearer realm="gati"';
  return c.body(JSON.stringify(body), status, headers);
}
