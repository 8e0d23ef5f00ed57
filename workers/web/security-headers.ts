import { settingsOf } from "../env.ts";
import type { SurfaceContext } from "../http/surface.ts";

/** Nothing may run or be loaded but the stylesheet; pages that need a script of ours say so. Nothing is ever inline. */
function contentPolicy(scripts: boolean): string {
  return [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self' data:",
    ...(scripts ? ["script-src 'self'", "connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

const permissions = [
  "accelerometer=()",
  "camera=()",
  "display-capture=()",
  "geolocation=()",
  "microphone=()",
  "payment=()",
  "usb=()",
  "publickey-credentials-create=(self)",
  "publickey-credentials-get=(self)",
].join(", ");

/** Two years, as browsers' preload lists ask. */
const strictTransport = "max-age=63072000";

/** What every page says about what browsers may do with it. */
export function addSecurityHeaders(c: SurfaceContext, { scripts = false }: { scripts?: boolean } = {}): void {
  c.header("Content-Security-Policy", contentPolicy(scripts));
  // Not `no-referrer`: browsers would then hide the origin of our own forms from us.
  c.header("Referrer-Policy", "same-origin");
  c.header("X-Frame-Options", "DENY");
  c.header("Cross-Origin-Opener-Policy", "same-origin");
  c.header("Cross-Origin-Resource-Policy", "same-origin");
  c.header("Permissions-Policy", permissions);
  if (settingsOf(c.env).publicOrigin?.startsWith("https:")) c.header("Strict-Transport-Security", strictTransport);
}
