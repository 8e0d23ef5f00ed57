import { settingsOf } from "../env.ts";
import type { SurfaceContext } from "./surface.ts";

/**
 * Origin under which clients reach the registry. Behind a proxy that ends TLS a request looks like plain HTTP, so the
 * operator names it (GATI_PUBLIC_URL); otherwise it is the one that the client used.
 */
export function originOf(c: SurfaceContext): string {
  return settingsOf(c.env).publicOrigin ?? new URL(c.req.url).origin;
}
