import type { ContentfulStatusCode } from "hono/utils/http-status";
import { RegistryError } from "../../../core/errors.ts";
import { retryAfter, toRegistryError } from "../../http/errors.ts";
import { statusOf } from "../../http/status.ts";
import type { SurfaceContext } from "../../http/surface.ts";

export const scimMediaType = "application/scim+json";
const errorSchema = "urn:ietf:params:scim:api:messages:2.0:Error";

/** Words of RFC 7644, table 9. */
export type ScimType = "invalidFilter" | "invalidPath" | "invalidSyntax" | "invalidValue" | "mutability" | "uniqueness";

/** A request that is faulty in a way that SCIM has a word for. */
export function faulty(scimType: ScimType, message: string): RegistryError {
  return new RegistryError("invalid_request", message, {
    details: { scimType },
    suggestions: ["See /ServiceProviderConfig and /Schemas for what is offered."],
  });
}

/** Runs what throws plain Errors about a request's text. */
export function understood<T>(scimType: ScimType, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RegistryError) throw error;
    throw faulty(scimType, error instanceof Error ? error.message : "It is not understood.");
  }
}

/** Two words mean something else here: a conflict is a conflict, and what nobody may change is one too. */
function statusFor({ code, details }: RegistryError): ContentfulStatusCode {
  return code === "denied" && details["lastOwner"] ? 409 : statusOf[code];
}

function scimTypeOf({ code, details }: RegistryError): string | undefined {
  if (code === "already_done") return "uniqueness";
  return typeof details["scimType"] === "string" ? details["scimType"] : undefined;
}

/** Answers an error in SCIM's own form (RFC 7644, 3.12): the status is a string there. */
export function scimError(c: SurfaceContext, thrown: unknown): Response {
  const error = toRegistryError(c, thrown);
  const status = statusFor(error);
  const scimType = scimTypeOf(error);
  const detail = [error.message, ...error.suggestions].join(" ");
  const body = { schemas: [errorSchema], status: String(status), ...(scimType ? { scimType } : {}), detail };
  const headers: Record<string, string> = { "Content-Type": scimMediaType, "Cache-Control": "no-store" };
  Object.assign(headers, retryAfter(error));
  if (status === 401) headers["WWW-Authenticate"] = 'Bearer realm="gati scim"';
  return c.body(JSON.stringify(body), status, headers);
}
