import { type ErrorCode, errorCatalogue } from "../../../core/errors.ts";
import { mediaTypes } from "../../../core/media-types.ts";
import { ApiError, type ApiErrorOptions } from "./errors.ts";

/** OCI distribution-spec error codes, for answers that do not carry the registry's own code in `detail`. */
const ociCodes: Readonly<Record<string, ErrorCode>> = {
  BLOB_UNKNOWN: "blob_unknown",
  BLOB_UPLOAD_INVALID: "upload_invalid",
  BLOB_UPLOAD_UNKNOWN: "upload_unknown",
  DIGEST_INVALID: "digest_invalid",
  MANIFEST_BLOB_UNKNOWN: "manifest_blob_unknown",
  MANIFEST_INVALID: "manifest_invalid",
  MANIFEST_UNKNOWN: "manifest_unknown",
  NAME_INVALID: "name_invalid",
  NAME_UNKNOWN: "name_unknown",
  SIZE_INVALID: "size_invalid",
  UNAUTHORIZED: "unauthenticated",
  DENIED: "denied",
  UNSUPPORTED: "unsupported",
  TOOMANYREQUESTS: "rate_limited",
};

function codeForStatus(status: number): ErrorCode {
  switch (status) {
    case 401:
      return "unauthenticated";
    case 403:
      return "denied";
    case 404:
      return "name_unknown";
    case 410:
      return "version_gone";
    case 413:
      return "payload_too_large";
    case 416:
      return "range_invalid";
    case 429:
      return "rate_limited";
    default:
      return status >= 500 ? "unavailable" : "invalid_request";
  }
}

interface ParsedBody {
  code?: ErrorCode;
  message?: string;
  details?: Record<string, unknown>;
  suggestions?: string[];
  requestId?: string;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function knownCode(value: unknown): ErrorCode | undefined {
  return typeof value === "string" && Object.hasOwn(errorCatalogue, value) ? (value as ErrorCode) : undefined;
}

/** The fields that both envelopes share: problem+json at the top, the OCI envelope inside `detail` (code as `reason`). */
function ownFields(source: Record<string, unknown>): ParsedBody {
  const code = knownCode(source["code"]) ?? knownCode(source["reason"]);
  const { suggestions, details, requestId } = source;
  return {
    ...(code ? { code } : {}),
    ...(Array.isArray(suggestions)
      ? { suggestions: suggestions.filter((item): item is string => typeof item === "string") }
      : {}),
    ...(isRecord(details) ? { details } : {}),
    ...(typeof requestId === "string" ? { requestId } : {}),
  };
}

/**
 * The registry writes its advice behind the message of the OCI envelope, which has no place of its own for it: the
 * first sentence is what went wrong, the others are what to do.
 */
function splitAdvice(text: string): ParsedBody {
  const [message, ...suggestions] = text.split(/(?<=[.!?]) (?=[A-Z`])/);
  return message ? { message, ...(suggestions.length > 0 ? { suggestions } : {}) } : {};
}

function parseBody(body: unknown): ParsedBody {
  if (!isRecord(body)) return {};
  const [first] = Array.isArray(body["errors"]) ? (body["errors"] as unknown[]) : [];
  if (isRecord(first)) {
    const inner = isRecord(first["detail"]) ? ownFields(first["detail"]) : {};
    const text = typeof first["message"] === "string" ? first["message"] : "";
    const mapped =
      typeof first["code"] === "string" && Object.hasOwn(ociCodes, first["code"]) ? ociCodes[first["code"]] : undefined;
    return {
      ...(mapped ? { code: mapped } : {}),
      ...(inner.code === undefined ? (text === "" ? {} : { message: text }) : splitAdvice(text)),
      ...inner,
    };
  }
  const message = [body["detail"], body["title"], body["error"]].find(
    (text) => typeof text === "string" && text !== "",
  );
  return { ...ownFields(body), ...(typeof message === "string" ? { message } : {}) };
}

/** `Retry-After` as milliseconds: seconds or an HTTP date (RFC 9110 §10.2.3). */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const value = headers.get("retry-after");
  if (value === null) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function isGatiError(response: Response, body: unknown): boolean {
  const type = response.headers.get("content-type") ?? "";
  return type.startsWith(mediaTypes.problem) || (isRecord(body) && Array.isArray(body["errors"]));
}

/** The address answers, and not as a registry does. */
export function notARegistry(registry: URL, how: string, options: ApiErrorOptions): ApiError {
  return new ApiError("unsupported", `${registry.origin} is not a Gati registry: it answered with ${how}.`, {
    ...options,
    suggestions: [
      "Check the address (--registry, GATI_REGISTRY), and that no proxy or login page answers in the registry's place.",
    ],
  });
}

/** Statuses of a server that does not know the path. Others may come from what stands in front of a registry. */
const unknownPath = new Set([404, 405, 501]);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Reads a failed response (problem+json, the OCI envelope or anything else) into an `ApiError`. Consumes the body.
 *
 * @param registry whose answer it should be; storage that a registry sends to answers for itself
 */
export async function errorFromResponse(response: Response, registry: URL): Promise<ApiError> {
  // Proxies answer with pages: a body that is not JSON, or breaks off, leaves only the status to go by.
  const text = await response.text().catch(() => "");
  const body = parseJson(text);
  const ownAnswer = response.url === "" || new URL(response.url).origin === registry.origin;
  if (ownAnswer && text !== "" && unknownPath.has(response.status) && !isGatiError(response, body))
    return notARegistry(registry, `status ${response.status}`, { status: response.status });
  const parsed = parseBody(body);
  const requestId = parsed.requestId ?? response.headers.get("x-request-id") ?? undefined;
  const waitMs = retryAfterMs(response.headers, Date.now());
  return new ApiError(
    parsed.code ?? codeForStatus(response.status),
    parsed.message ??
      `The registry answered ${response.status}${response.statusText ? ` ${response.statusText}` : ""}.`,
    {
      status: response.status,
      ...(parsed.details ? { details: parsed.details } : {}),
      ...(parsed.suggestions ? { suggestions: parsed.suggestions } : {}),
      ...(requestId ? { requestId } : {}),
      ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    },
  );
}
