import { RegistryError } from "../../core/errors.ts";
import type { SurfaceContext } from "./surface.ts";

/**
 * Turns whatever was thrown into an error that may be told. What is not a `RegistryError` is logged in full and told
 * only as `internal`, so that no stack and no SQL ever leaves.
 */
export function toRegistryError(c: SurfaceContext, error: unknown): RegistryError {
  if (error instanceof RegistryError) {
    if (error.code === "unavailable" || error.code === "internal") c.get("log").error("request.failed", error.cause ?? error, { code: error.code });
    return error;
  }
  c.get("log").error("request.failed", error, { code: "internal" });
  return new RegistryError("internal", "The registry failed unexpectedly.", {
    suggestions: ["Repeat the call; if it keeps failing, tell the operator the request id."],
  });
}
