import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { ErrorCode } from "../../../core/errors.ts";
import { RegistryError } from "../../../core/errors.ts";
import { retryAfter, toRegistryError } from "../../http/errors.ts";
import type { SurfaceContext } from "../../http/surface.ts";
import { challenge } from "./challenge.ts";

/** Codes of the distribution-spec, section "Error Codes". */
type OciCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DIGEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "SIZE_INVALID"
  | "UNAUTHORIZED"
  | "DENIED"
  | "UNSUPPORTED"
  | "TOOMANYREQUESTS"
  | "UNKNOWN";

const encoded = {
  invalid_request: ["UNSUPPORTED", 400],
  name_invalid: ["NAME_INVALID", 400],
  name_unknown: ["NAME_UNKNOWN", 404],
  name_taken: ["DENIED", 409],
  name_confusable: ["DENIED", 409],
  digest_invalid: ["DIGEST_INVALID", 400],
  size_invalid: ["SIZE_INVALID", 400],
  blob_unknown: ["BLOB_UNKNOWN", 404],
  blob_referenced: ["DENIED", 405],
  upload_unknown: ["BLOB_UPLOAD_UNKNOWN", 404],
  upload_invalid: ["BLOB_UPLOAD_INVALID", 400],
  upload_busy: ["BLOB_UPLOAD_INVALID", 416],
  range_invalid: ["BLOB_UPLOAD_INVALID", 416],
  range_unsatisfiable: ["SIZE_INVALID", 416],
  manifest_unknown: ["MANIFEST_UNKNOWN", 404],
  manifest_invalid: ["MANIFEST_INVALID", 400],
  manifest_blob_unknown: ["MANIFEST_BLOB_UNKNOWN", 404],
  manifest_too_large: ["MANIFEST_INVALID", 413],
  manifest_referenced: ["DENIED", 405],
  version_invalid: ["MANIFEST_INVALID", 400],
  version_exists: ["DENIED", 409],
  version_unknown: ["MANIFEST_UNKNOWN", 404],
  version_gone: ["DENIED", 409],
  type_mismatch: ["MANIFEST_INVALID", 409],
  unauthenticated: ["UNAUTHORIZED", 401],
  // Not 401: clients answer that by fetching the same token again and again.
  second_factor_required: ["DENIED", 403],
  denied: ["DENIED", 403],
  insufficient_scope: ["UNAUTHORIZED", 401],
  unsupported: ["UNSUPPORTED", 405],
  payload_too_large: ["SIZE_INVALID", 413],
  rate_limited: ["TOOMANYREQUESTS", 429],
  already_done: ["DENIED", 409],
  unavailable: ["UNKNOWN", 503],
  internal: ["UNKNOWN", 500],
} as const satisfies Record<ErrorCode, readonly [OciCode, ContentfulStatusCode]>;

/** A stranger who names something they cannot see is first asked to sign in: their client then tries again. */
function askToSignIn(c: SurfaceContext, error: RegistryError): RegistryError {
  const { actor } = c.get("ctx") ?? {};
  if (error.code !== "name_unknown" || actor?.kind !== "anonymous" || actor.token) return error;
  return new RegistryError("unauthenticated", "Sign in to use this repository.", {
    suggestions: ["Run `docker login`, or `gati login`."],
  });
}

/** Answers an error in the envelope of the distribution-spec. */
export function ociError(c: SurfaceContext, thrown: unknown): Response {
  const error = askToSignIn(c, toRegistryError(c, thrown));
  const [code, status] = encoded[error.code];
  const headers: Record<string, string> = { "Content-Type": "application/json", "Cache-Control": "no-store" };
  Object.assign(headers, retryAfter(error));
  if (status === 401) headers["WWW-Authenticate"] = challenge(c, error);
  const { offset } = error.details;
  if (typeof offset === "number") headers["Range"] = uploadRange(offset);
  const message = [error.message, ...error.suggestions].join(" ");
  const detail = { ...error.details, reason: error.code, requestId: c.get("requestId") };
  return c.body(JSON.stringify({ errors: [{ code, message, detail }] }), status, headers);
}

/** Range of an upload that stands at `offset`: inclusive, and `0-0` when empty because docker parses nothing else. */
export function uploadRange(offset: number): string {
  return `0-${Math.max(0, offset - 1)}`;
}
