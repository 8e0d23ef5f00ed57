import { errors, importJWK, jwtVerify, SignJWT } from "jose";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { RegistryError } from "../../../core/errors.ts";
import type { Handle, Repository } from "../../../core/identifiers.ts";
import type { Settings } from "../../env.ts";
import { type Actor, type RepositoryGrant, scopes } from "./actor.ts";

/** Seconds that a registry token lives: long enough for a pull, short enough that a revoked right ends soon. */
export const registryTokenLifetime = 300;
/** Seconds that a sign-in lasts. */
export const sessionLifetime = 15 * 60;
/** Clocks may differ by this many seconds. */
const clockTolerance = 10;
const algorithm = "EdDSA";

type Key = Awaited<ReturnType<typeof importJWK>>;
interface KeyPair {
  readonly sign: Key;
  readonly verify: Key;
}

const keys = new WeakMap<Settings, Promise<KeyPair>>();

function keyPair(settings: Settings): Promise<KeyPair> {
  let pair = keys.get(settings);
  if (!pair) {
    const { kty, crv, x, d } = settings.tokenKey;
    pair = Promise.all([importJWK({ kty, crv, x, d }, algorithm), importJWK({ kty, crv, x }, algorithm)]).then(
      ([signing, verify]) => ({ sign: signing, verify }),
    );
    keys.set(settings, pair);
  }
  return pair;
}

const grantSchema = z.object({
  type: z.literal("repository"),
  name: z.string(),
  actions: z.array(z.enum(["pull", "push", "delete"])),
  /** What was asked for: tells a refusal ("asked and not granted") from a token that never asked. */
  requested: z.array(z.string()),
});

const claimsSchema = z.object({
  sub: z.string(),
  exp: z.number(),
  use: z.enum(["registry", "session"]),
  handle: z.string().optional(),
  operator: z.boolean().optional(),
  scopes: z.array(z.enum(scopes)),
  access: z.array(grantSchema).default([]),
  catalog: z.boolean().default(false),
});
type Claims = z.infer<typeof claimsSchema>;

const anonymousSubject = "anonymous";

async function sign(settings: Settings, claims: Omit<Claims, "exp">, lifetime: number): Promise<string> {
  const { sub, ...rest } = claims;
  const { sign: key } = await keyPair(settings);
  return new SignJWT(rest)
    .setProtectedHeader({ alg: algorithm, typ: "JWT" })
    .setIssuer(settings.service)
    .setAudience(settings.service)
    .setSubject(sub)
    .setIssuedAt()
    .setNotBefore("0s")
    .setExpirationTime(`${lifetime}s`)
    .setJti(crypto.randomUUID())
    .sign(key);
}

/** Signs the short token that a sign-in answers. */
export function signSession(
  settings: Settings,
  user: { id: string; handle: Handle; operator: boolean },
): Promise<string> {
  const { id, handle, operator } = user;
  return sign(
    settings,
    { use: "session", sub: id, handle, operator, scopes: ["admin"], access: [], catalog: false },
    sessionLifetime,
  );
}

export interface RegistryTokenInput {
  /** Undefined for anonymous clients. */
  readonly user: { id: string; handle: Handle; operator: boolean; scopes: Claims["scopes"] } | undefined;
  readonly grants: readonly RepositoryGrant[];
  readonly catalog: boolean;
}

/** Signs a registry token (the distribution project's token specification). */
export function signRegistryToken(settings: Settings, input: RegistryTokenInput): Promise<string> {
  const access = input.grants.map(({ repository, actions, requested }) => ({
    type: "repository" as const,
    name: repository,
    actions: [...actions],
    requested: [...requested],
  }));
  const { user, catalog } = input;
  const claims: Omit<Claims, "exp"> = user
    ? {
        use: "registry",
        sub: user.id,
        handle: user.handle,
        operator: user.operator,
        scopes: user.scopes,
        access,
        catalog,
      }
    : { use: "registry", sub: anonymousSubject, scopes: [], access, catalog };
  return sign(settings, claims, registryTokenLifetime);
}

/**
 * Verifies signature, algorithm, issuer, audience and times, and returns who the token speaks for.
 * Errors: `unauthenticated`, saying whether the token is expired or just wrong.
 */
export async function actorFromToken(settings: Settings, token: string): Promise<Actor> {
  const known = verified.get(token);
  if (known && known.settings === settings && known.expires > Date.now()) return known.actor;
  const { verify } = await keyPair(settings);
  let claims: Claims;
  try {
    const { payload } = await jwtVerify(token, verify, {
      algorithms: [algorithm],
      issuer: settings.service,
      audience: settings.service,
      clockTolerance,
    });
    // What another release signed may have other claims: its tokens are wrong here, not a failure.
    claims = claimsSchema.parse(payload);
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
  const grants = claims.access.map(({ name, actions, requested }) => ({
    repository: name as Repository,
    actions,
    requested,
  }));
  if (claims.sub === anonymousSubject) return { kind: "anonymous", token: { grants, catalog: claims.catalog } };
  const expiresAt = new Date(claims.exp * 1000);
  return {
    kind: "user",
    userId: claims.sub,
    handle: claims.handle as Handle,
    operator: claims.operator ?? false,
    scopes: claims.scopes,
    credential:
      claims.use === "session"
        ? { kind: "session", expiresAt }
        : { kind: "registry-token", expiresAt, grants, catalog: claims.catalog },
  };
}
