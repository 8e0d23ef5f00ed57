import { RegistryError } from "../../core/errors.ts";
import { isLoopback } from "../../core/outside-urls.ts";
import { settingsOf } from "../env.ts";
import type { SurfaceContext } from "./surface.ts";

/**
 * Origin under which clients reach the registry. Behind a proxy that ends TLS a request looks like plain HTTP, so the
 * operator names it (GATI_PUBLIC_URL); otherwise it is the one that the client used.
 */
export function originOf(c: SurfaceContext): string {
  return settingsOf(c.env).publicOrigin ?? new URL(c.req.url).origin;
}

/**
 * The same for what people are sent to and what they sign in at: never a name that a request made up. Without
 * GATI_PUBLIC_URL it is this machine's own. Errors: `unsupported`.
 */
export function publicOriginOf(c: SurfaceContext): string {
  const origin = originOf(c);
  if (settingsOf(c.env).publicOrigin !== undefined || isLoopback(new URL(origin).hostname)) return origin;
  throw new RegistryError("unsupported", "Nobody can sign in with a browser here yet.", {
    suggestions: ["The operator sets GATI_PUBLIC_URL to the address of the registry (docs/sign-in.md)."],
  });
}
