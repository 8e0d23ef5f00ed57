import { createMiddleware } from "hono/factory";
import { RegistryError } from "../../core/errors.ts";
import { createContext, memoryOf } from "../context.ts";
import { assertSessionStands, authenticate, type PresentedCredential } from "../domains/auth/index.ts";
import { settingsOf } from "../env.ts";
import { addressPrincipal, clientAddress } from "./client-address.ts";
import { countRequest } from "./rate-limit.ts";
import { timed } from "./timing.ts";
import type { SurfaceContext, SurfaceEnv } from "./surface.ts";

/** Longer headers are refused unread: no credential of ours comes near it. */
const maxHeader = 8 * 1024;

/** Parses an Authorization header. Errors: `unauthenticated` for a scheme that nobody here speaks. */
export function presentedCredential(header: string | undefined): PresentedCredential {
  if (!header) return { kind: "none" };
  const [, scheme = "", value = ""] = /^(\S+) +(\S+) *$/.exec(header.slice(0, maxHeader)) ?? [];
  if (/^bearer$/i.test(scheme)) return { kind: "bearer", token: value };
  if (/^basic$/i.test(scheme)) {
    const decoded = Buffer.from(value, "base64").toString("utf8");
    const colon = decoded.indexOf(":");
    if (colon >= 0) return { kind: "basic", username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
  }
  throw new RegistryError("unauthenticated", "The Authorization header is not understood.", {
    suggestions: ["Send `Authorization: Bearer <API key or token>` or `Authorization: Basic <handle:password>`."],
  });
}

/** The code of a second factor, in the header that npm's client sends or in our own. */
const presentedCode = (c: SurfaceContext) => (c.req.header("gati-otp") ?? c.req.header("npm-otp"))?.slice(0, 100);

const afterwards = (c: SurfaceContext) => (work: Promise<unknown>) =>
  c.executionCtx.waitUntil(work.catch((error: unknown) => c.get("log").error("background.failed", error)));

/** Reads that must not be answered to a session that ended a moment ago: what they tell or hand out is worth more. */
const guarded = /^\/api\/v1\/(?:admin|account|auth)(?:\/|$)|^\/v2\/token$/;

/** Changes, and guarded reads: the end of a session holds for them at once. */
const exactly = (c: SurfaceContext) => !/^(?:GET|HEAD)$/.test(c.req.method) || guarded.test(c.req.path);

/**
 * Builds the context of a request for a credential, and counts the request. Every surface gets its context here.
 * Errors: `unauthenticated`, `rate_limited`.
 */
export async function contextFor(c: SurfaceContext, presented: PresentedCredential) {
  const address = addressPrincipal(c);
  const { limiter, revoked } = memoryOf(c.env);
  const settings = settingsOf(c.env);
  const parts = {
    db: c.env.DB,
    settings,
    limiter,
    address,
    source: clientAddress(c),
    now: () => Date.now(),
    afterwards: afterwards(c),
  };
  const actor = await timed(c, "auth", async () => {
    const found = await authenticate(parts, presented);
    await assertSessionStands({ ...parts, revoked, exact: exactly(c) }, found);
    return found;
  });
  const ctx = createContext({
    env: c.env,
    actor,
    address,
    source: parts.source,
    requestId: c.get("requestId"),
    otp: presentedCode(c),
    log: c.get("log"),
    afterwards: afterwards(c),
  });
  await countRequest(c, ctx);
  return ctx;
}

/** Finds out who asks, before any route runs. A wrong credential is an error even where strangers may read. */
export const withActor = createMiddleware<SurfaceEnv>(async (c, next) => {
  c.set("ctx", await contextFor(c, presentedCredential(c.req.header("authorization"))));
  await next();
});

/** As `withActor`, for surfaces other than /v2: a registry token speaks for its repositories there and nowhere else. */
export const withAccount = createMiddleware<SurfaceEnv>(async (c, next) => {
  const ctx = await contextFor(c, presentedCredential(c.req.header("authorization")));
  const { actor } = ctx;
  if (actor.kind === "anonymous" ? actor.token : actor.credential.kind === "registry-token") {
    throw new RegistryError("unauthenticated", "A registry token works only under /v2.", {
      suggestions: ["Use an API key, or the token of a sign-in."],
    });
  }
  c.set("ctx", ctx);
  await next();
});
