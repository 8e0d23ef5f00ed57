import { getCookie, setCookie } from "hono/cookie";
import { originOf } from "../http/origin.ts";
import type { SurfaceContext } from "../http/surface.ts";

/**
 * `session` is who is signed in; `browser` marks a browser before that, for its forms and for what comes back from a
 * provider; `newcomer` is somebody whom a provider vouched for and who has no account yet.
 */
export type CookieName = "session" | "browser" | "newcomer";

/**
 * Cookies that no script reads, no other site's form or frame brings along, and no other host can set: `__Host-` demands
 * Secure, the root path and no domain. On plain HTTP, which only loopback has, browsers refuse that, so the name is bare.
 */
function described(c: SurfaceContext, name: CookieName) {
  const secure = originOf(c).startsWith("https:");
  return {
    name: `${secure ? "__Host-" : ""}gati-${name}`,
    // Lax: coming back from a provider, and following a link from a mail, is still being signed in.
    options: { path: "/", httpOnly: true, secure, sameSite: "Lax" } as const,
  };
}

export function readCookie(c: SurfaceContext, name: CookieName): string | undefined {
  const value = getCookie(c, described(c, name).name);
  return value === undefined || value.length > 200 ? undefined : value;
}

/** `seconds` that the browser keeps it; undefined: until it is closed. */
export function writeCookie(c: SurfaceContext, name: CookieName, value: string, seconds?: number): void {
  const { name: full, options } = described(c, name);
  setCookie(c, full, value, { ...options, ...(seconds === undefined ? {} : { maxAge: seconds }) });
}

export function dropCookie(c: SurfaceContext, name: CookieName): void {
  writeCookie(c, name, "", 0);
}
