import { errors, jwtVerify, SignJWT } from "jose";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { RegistryError } from "../../../core/errors.ts";
import type { Handle, Repository } from "../../../core/identifiers.ts";
import type { Settings } from "../../env.ts";
import { type Actor, type Bounds, type Credential, isScope, type RepositoryGrant, scopes } from "./actor.ts";
import { boundsSchema } from "./bounds.ts";
import { algorithm, keyRing } from "./key-ring.ts";

/** Seconds that a registry token lives: long enough for a pull, short enough that a revoked right ends soon. */
export const registryTokenLifetime = 300;
/** Seconds that the access token of a session lives; the session itself is refreshed. */
export const sessionLifetime = 15 * 60;
/** Seconds that the token of a trusted publisher lives. */
export const publishTokenLifetime = 15 * 60;
/** Clocks may differ by this many seconds. */
const clockTolerance = 10;
/** Each use of a token has a type of its own (RFC 8725, section 3.11), so that one is never taken for the other. */
const types = { session: "at+jwt", registry: "registry+jwt", publish: "publish+jwt" } as const;

const grantSchema = z.object({
  type: z.literal("repository"),
  name: z.string(),
  actions: z.array(z.enum(["pull", "push", "delete"])),
  /** What was asked for: tells a refusal ("asked and not granted") from a token that never asked. */
  requested: z.array(z.string()),
  outsider: z.literal(true).optional(),
});

const claimsSchema = z.object({
  sub: z.string(),
  exp: z.number(),
  use: z.enum(["registry", "session", "publish"]),
  /** Session that it comes from: the token ends with it. */
  sid: z.string().optional(),
  handle: z.string().optional(),
  operator: z.boolean().optional(),
  scopes: z.array(z.enum(scopes)),
  access: z.array(grantSchema).default([]),
  catalog: z.boolean().default(false),
  bounds: boundsSchema.optional(),
  /** What the session rests on (RFC 8176 has the name of the claim). */
  amr: z.array(z.string()).default([]),
});
type Claims = z.infer<typeof claimsSchema>;

/** RFC 7515, section 7.1. */
const compact = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const anonymousSubject = "anonymous";

async function sign(
  settings: Settings,
  claims: Omit<Claims, "exp" | "amr"> & { amr?: string[] },
  lifetime: number,
): Promise<string> {
  const { sub, ...rest } = claims;
  const { kid, signs } = await keyRing(settings);
  return new SignJWT(rest)
    .setProtectedHeader({ alg: algorithm, typ: types[claims.use], kid })
    .setIssuer(settings.service)
    .setAudience(settings.service)
    .setSubject(sub)
    .setIssuedAt()
    .setNotBefore("0s")
    .setExpirationTime(`${lifetime}s`)
    .setJti(crypto.randomUUID())
    .sign(signs);
}

/** What a session's tokens say of it. */
export interface SessionFacts {
  readonly id: string;
  readonly scopes: readonly string[];
  readonly proved: readonly string[];
  readonly signIn: string | null;
}

/** Signs the short access token of a session, which lives `lifetime` seconds. */
export function signSession(
  settings: Settings,
  user: { id: string; handle: Handle; operator: boolean },
  session: SessionFacts,
  lifetime = sessionLifetime,
): Promise<string> {
  const { id, handle, operator } = user;
  const claims = {
    use: "session" as const,
    sub: id,
    sid: session.id,
    handle,
    operator,
    scopes: session.scopes.filter(isScope),
    access: [],
    catalog: false,
    amr: [...session.proved],
    ...(session.signIn === null ? {} : { bounds: { signIn: session.signIn } }),
  };
  return sign(settings, claims, lifetime);
}

export interface RegistryTokenInput {
  /** Undefined for anonymous clients. */
  readonly user:
    | {
        id: string;
        handle: Handle;
        operator: boolean;
        scopes: Claims["scopes"];
        sessionId?: string | undefined;
        /** Of the credential that asks: they bind the token too. */
        bounds?: Bounds | undefined;
      }
    | undefined;
  readonly grants: readonly RepositoryGrant[];
  readonly catalog: boolean;
  /** Seconds. */
  readonly lifetime?: number;
}

const accessClaim = (grants: readonly RepositoryGrant[]) =>
  grants.map(({ repository, actions, requested, outsider }) => ({
    type: "repository" as const,
    name: repository,
    actions: [...actions],
    requested: [...requested],
    ...(outsider ? { outsider } : {}),
  }));

/** Signs the token that a CI system gets for its own: it publishes by rules, for nobody's account. */
export function signPublisherToken(
  settings: Settings,
  publisher: { id: string; name: Handle; bounds: Bounds },
  grants: readonly RepositoryGrant[],
): Promise<string> {
  const { id, name, bounds } = publisher;
  const access = accessClaim(grants);
  return sign(
    settings,
    { use: "publish", sub: id, handle: name, operator: false, scopes: ["publish"], access, catalog: false, bounds },
    publishTokenLifetime,
  );
}

/** Signs a registry token (the distribution project's token specification). */
export function signRegistryToken(settings: Settings, input: RegistryTokenInput): Promise<string> {
  const access = accessClaim(input.grants);
  const { user, catalog, lifetime = registryTokenLifetime } = input;
  const claims: Omit<Claims, "exp" | "amr"> = user
    ? {
        use: "registry",
        sub: user.id,
        ...(user.sessionId === undefined ? {} : { sid: user.sessionId }),
        handle: user.handle,
        operator: user.operator,
        scopes: user.scopes,
        access,
        catalog,
        ...(user.bounds === undefined ? {} : { bounds: user.bounds }),
      }
    : { use: "registry", sub: anonymousSubject, scopes: [], access, catalog };
  return sign(settings, claims, lifetime);
}

/**
 * Verifies signature, algorithm, type, issuer, audience and times, and returns who the token speaks for. Whether its
 * session still stands is `authenticate`'s to ask.
 * Errors: `unauthenticated`, saying whether the token is expired or just wrong.
 */
export async function actorFromToken(settings: Settings, token: string): Promise<Actor> {
  const known = verified.get(token);
  if (known && known.settings === settings && known.expires > Date.now()) return known.actor;
  const { verifies } = await keyRing(settings);
  let claims: Claims;
  try {
    // The library reads base64 kindly: with padding and blanks, one token would have many forms.
    if (!compact.test(token)) throw new Error("not a compact JWS");
    // The id only chooses among our own keys; what a header brings along (jwk, jku, x5c) is never looked at.
    const keyOf = ({ kid = "" }: { kid?: string }) => {
      const key = verifies.get(kid);
      if (key) return key;
      throw new errors.JWKSNoMatchingKey();
    };
    const { payload, protectedHeader } = await jwtVerify(token, keyOf, {
      algorithms: [algorithm],
      issuer: settings.service,
      audience: settings.service,
      clockTolerance,
    });
    // What another release signed may have other claims: its tokens are wrong here, not a failure.
    claims = claimsSchema.parse(payload);
    if (protectedHeader.typ !== types[claims.use]) throw new Error("the token's type is not that of its use");
    if (claims.use === "session" && claims.sid === undefined) throw new Error("a session's token names its session");
  } catch (cause) {
    const expired = cause instanceof errors.JWTExpired;
    throw new RegistryError("unauthenticated", expired ? "The token has expired." : "The token is not valid here.", {
      cause,
      suggestions: ["Sign in again, or use an API key."],
    });
  }
  const actor = toActor(claims);
  verified.set(token, { actor, settings, expires: claims.exp * 1000 });
  return actor;
}

/** Tokens whose signature was checked in this isolate: a client sends the same one with every layer. */
const verified = new LRUCache<string, { actor: Actor; settings: Settings; expires: number }>({ max: 5_000 });

function toActor(claims: Claims): Actor {
  const grants = claims.access.map(({ name, actions, requested, outsider }) => ({
    repository: name as Repository,
    actions,
    requested,
    outsider,
  }));
  if (claims.sub === anonymousSubject) return { kind: "anonymous", token: { grants, catalog: claims.catalog } };
  const expiresAt = new Date(claims.exp * 1000);
  return {
    kind: "user",
    userId: claims.sub,
    handle: claims.handle as Handle,
    operator: claims.operator ?? false,
    scopes: claims.scopes,
    credential: credentialOf(claims, expiresAt, grants),
    ...claims.bounds,
  };
}

function credentialOf(claims: Claims, expiresAt: Date, grants: readonly RepositoryGrant[]): Credential {
  if (claims.use === "session") {
    return { kind: "session", id: claims.sid as string, expiresAt, methods: claims.amr };
  }
  if (claims.use === "publish") return { kind: "trusted-publisher", expiresAt, grants };
  return { kind: "registry-token", expiresAt, grants, catalog: claims.catalog, sessionId: claims.sid };
}
