import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { createMiddleware } from "hono/factory";
import { RegistryError } from "../../core/errors.ts";
import type { Context } from "../context.ts";
import type { OpenedSession, User } from "../domains/auth/index.ts";
import { settingsOf } from "../env.ts";
import { contextFor } from "../http/authentication.ts";
import { originOf } from "../http/origin.ts";
import { readBody } from "../http/read-body.ts";
import type { SurfaceContext, SurfaceEnv } from "../http/surface.ts";
import { dropCookie, readCookie, writeCookie } from "./cookies.ts";
import { addSecurityHeaders } from "./security-headers.ts";

/** Who is signed in with this browser. */
export function visitorOf(ctx: Context): User | undefined {
  return ctx.actor.kind === "user" ? ctx.actor : undefined;
}

/** Who asks, by their cookie and nothing else. A cookie that is not good any more is dropped. */
async function contextOf(c: SurfaceContext): Promise<Context> {
  const secret = readCookie(c, "session");
  if (secret === undefined) return contextFor(c, { kind: "none" });
  try {
    return await contextFor(c, { kind: "browser", secret });
  } catch (error) {
    if (!(error instanceof RegistryError && error.code === "unauthenticated")) throw error;
    dropCookie(c, "session");
    return contextFor(c, { kind: "none" });
  }
}

/** Every page: who asks, and what browsers may do with it. What a signed-in person sees is kept by nobody. */
export const page = createMiddleware<SurfaceEnv>(async (c, next) => {
  addSecurityHeaders(c);
  c.header("Vary", "Cookie");
  const ctx = await contextOf(c);
  c.set("ctx", ctx);
  c.set("browser", readCookie(c, "browser"));
  await next();
  const isPrivate = visitorOf(ctx) !== undefined || c.res.headers.has("Set-Cookie");
  c.header("Cache-Control", isPrivate ? "private, no-store" : "no-cache");
});

/** The mark of this browser; it gets one with the first page that has a form. */
export function browserMark(c: SurfaceContext): string {
  const known = c.get("browser");
  if (known !== undefined) return known;
  const made = randomBytes(24).toString("base64url");
  c.set("browser", made);
  writeCookie(c, "browser", made);
  return made;
}

/** What a form carries: only this browser, signed in as it is, can send it. */
export function formToken(c: SurfaceContext): string {
  return macOf(c, browserMark(c));
}

function macOf(c: SurfaceContext, browser: string): string {
  const visitor = visitorOf(c.get("ctx"));
  const session = visitor?.credential.kind === "session" ? visitor.credential.id : "";
  const text = JSON.stringify(["form", browser, session]);
  return createHmac("sha256", settingsOf(c.env).tokenKey.d).update(text).digest("base64url");
}

const same = (one: string, other: string) =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

/** True when the token was made for this browser, signed in as it is. */
export function isOwnToken(c: SurfaceContext, token: string | null | undefined): boolean {
  const browser = readCookie(c, "browser");
  return browser !== undefined && same(macOf(c, browser), token ?? "");
}

/** True when the browser itself says that one of our own pages sent this. Every browser in use says one or the other. */
function isOwnOrigin(c: SurfaceContext): boolean {
  const site = c.req.header("sec-fetch-site");
  const origin = c.req.header("origin");
  if (site !== undefined && site !== "same-origin") return false;
  return origin === undefined ? site !== undefined : origin === originOf(c);
}

/** Passwords and names; none comes near this. */
const maxForm = 64 * 1024;

/**
 * Lets only our own forms through: sent by a page of ours, as the browser says, with the token that the page carried.
 * Every POST of the pages comes through here. Errors: `denied`, `invalid_request`, `payload_too_large`.
 */
export const ownForm = createMiddleware<SurfaceEnv>(async (c, next) => {
  if (!/^application\/x-www-form-urlencoded\b/i.test(c.req.header("content-type") ?? "")) {
    throw new RegistryError("invalid_request", "This address takes forms only.", {
      suggestions: ["Programs use the API: /api/v1/openapi.json."],
    });
  }
  const form = new URLSearchParams(new TextDecoder().decode(await readBody(c.req.raw, maxForm, "payload_too_large")));
  if (!isOwnOrigin(c) || !isOwnToken(c, form.get("token"))) {
    throw new RegistryError("denied", "This form did not come from a page of this registry, or is too old.", {
      suggestions: ["Go back, reload the page and send it again.", "Cookies have to be allowed for it."],
    });
  }
  c.set("form", form);
  await next();
});

/** Keeps a new session in the browser. The mark changes with it, so that nothing prepared before counts after it. */
export function signInBrowser(c: SurfaceContext, session: OpenedSession): void {
  writeCookie(c, "session", session.refreshToken, session.refreshExpiresIn);
  writeCookie(c, "browser", randomBytes(24).toString("base64url"));
}

export function signOutBrowser(c: SurfaceContext): void {
  dropCookie(c, "session");
  dropCookie(c, "browser");
}

/** Pages that only a signed-in person has: whoever is not signed in does that first, and comes back. */
export const signedIn = createMiddleware<SurfaceEnv>(async (c, next) => {
  if (visitorOf(c.get("ctx"))) return next();
  const { pathname, search } = new URL(c.req.url);
  // What a form wanted is not repeated behind somebody's back.
  const back = c.req.method === "GET" || c.req.method === "HEAD" ? `${pathname}${search}` : pathname;
  return c.redirect(`/sign-in?${new URLSearchParams({ return_to: back })}`, 303);
});

/** Who is signed in, for the frame of a page. */
export function frameVisitor(c: SurfaceContext): { handle: string; token: string } | undefined {
  const visitor = visitorOf(c.get("ctx"));
  return visitor && { handle: visitor.handle, token: formToken(c) };
}
