import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import type { RegistryError } from "../../core/errors.ts";
import { toRegistryError } from "../http/errors.ts";
import { statusOf } from "../http/status.ts";
import type { SurfaceContext } from "../http/surface.ts";
import { ErrorPage } from "./error.tsx";
import { addSecurityHeaders } from "./security-headers.ts";
import { frameVisitor } from "./visitor.ts";

/** Without the doctype a browser would lay the page out by the rules of the nineties. */
export const document = (c: SurfaceContext, content: Child) =>
  c.html(
    <>
      {raw("<!doctype html>")}
      {content}
    </>,
  );

/** Tells a page with a form what was wrong, with the status that the error has. */
export function statusFor(c: SurfaceContext, error: RegistryError): RegistryError {
  c.status(statusOf[error.code]);
  return error;
}

/** What a person sees instead of a problem document. */
export function errorPage(c: SurfaceContext, thrown: unknown): Response | Promise<Response> {
  const error = statusFor(c, toRegistryError(c, thrown));
  addSecurityHeaders(c);
  // Nobody was found out yet where another surface failed, or where finding out did.
  const visitor = c.get("ctx") ? frameVisitor(c) : undefined;
  c.header("Cache-Control", "private, no-store");
  return document(c, <ErrorPage error={error} requestId={c.get("requestId")} visitor={visitor} />);
}
