import { HTTPException } from "hono/http-exception";
import { RegistryError } from "../../core/errors.ts";
import type { SurfaceContext } from "./surface.ts";

/**
 * Turns whatever was thrown into an error that may be told. What is not a `RegistryError` is logged in full and told
 * only as `internal`, so that no stack and no SQL ever leaves.
 */
export function toRegistryError(c: SurfaceContext, error: unknown): RegistryError {
  if (error instanceof RegistryError) {
    if (error.code === "unavailable" || error.code === "internal")
      c.get("log").error("request.failed", error.cause ?? error, { code: error.code });
    return error;
  }
  // Hono's own complaints: a body that is not the JSON it claims to be (400), or does not claim to be any (415).
  if (error instanceof HTTPException && error.status < 500) {
    return new RegistryError("invalid_request", "The body is not valid JSON.", {
      suggestions: ["Send one JSON object, encoded as UTF-8, with the Content-Type application/json."],
    });
  }
  c.get("log").error("request.failed", error, { code: "internal" });
  return new RegistryError("internal", "The registry failed unexpectedly.", {
    suggestions: ["Repeat the call; if it keeps failing, tell the operator the request id."],
  });
}

/** The header that tells a client how long to wait, for errors that know it. */
export function retryAfter(error: RegistryError): Record<string, string> {
  const seconds = error.details["retryAfter"];
  return typeof seconds === "number" ? { "Retry-After": String(seconds) } : {};
}
