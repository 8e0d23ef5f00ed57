import { RegistryError } from "../../../core/errors.ts";
import { toHex } from "../../../core/digests.ts";
import { isHandle } from "../../../core/identifiers.ts";
import type { Settings } from "../../env.ts";
import { assertTaken, type Limiter } from "../../limits/index.ts";
import { type Actor, anonymous, isScope, type User } from "./actor.ts";
import { isApiKey } from "./api-key-format.ts";
import { verifyPassword } from "./password.ts";
import { SignInAttempt } from "./sign-in-attempt.ts";
import { findApiKey, findUser, touchApiKey } from "./store.ts";
import { actorFromToken } from "./tokens.ts";

/** A credential as it came over the wire. */
export type PresentedCredential =
  | { readonly kind: "none" }
  | { readonly kind: "bearer"; readonly token: string }
  | { readonly kind: "basic"; readonly username: string; readonly password: string };

/** What authenticating needs; a `Context` does not exist yet. */
export interface AuthenticationParts {
  readonly db: D1Database;
  readonly settings: Settings;
  readonly limiter: Limiter;
  /** Undefined when nothing trustworthy tells it. */
  readonly address: string | undefined;
  readonly now: () => number;
  readonly afterwards: (work: Promise<unknown>) => void;
}

/** A key's last use is written at most this often, in milliseconds. */
const lastUseResolution = 60 * 60 * 1000;

const refused = (detail: string, suggestion: string) =>
  new RegistryError("unauthenticated", detail, { suggestions: [suggestion] });

/** SHA-256 of an API key, hex: how keys are stored and found. */
export async function apiKeyHash(key: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key))));
}

/**
 * Finds out who presents a credential. An API key is accepted as a bearer token and as the password of any user name;
 * a password only together with its own handle. Errors: `unauthenticated`; a wrong credential is never anonymous.
 */
export async function authenticate(parts: AuthenticationParts, presented: PresentedCredential): Promise<Actor> {
  if (presented.kind === "none") return anonymous;
  const { limiter, address } = parts;
  if (address === undefined) return identify(parts, presented);
  // Only wrong credentials count; whoever has sent too many of them is not listened to for a while.
  assertTaken(limiter.takeHere("credential", address, 0), 1);
  try {
    return await identify(parts, presented);
  } catch (error) {
    if (error instanceof RegistryError && error.code === "unauthenticated") limiter.takeHere("credential", address);
    throw error;
  }
}

async function identify(
  parts: AuthenticationParts,
  presented: Exclude<PresentedCredential, { kind: "none" }>,
): Promise<Actor> {
  const secret = presented.kind === "bearer" ? presented.token : presented.password;
  if (secret.startsWith("gati_")) return fromApiKey(parts, secret);
  if (presented.kind === "bearer") return actorFromToken(parts.settings, secret);
  return fromPassword(parts, presented.username, secret);
}

async function fromApiKey(parts: AuthenticationParts, key: string): Promise<User> {
  const found = isApiKey(key) ? await findApiKey(parts.db, await apiKeyHash(key)) : undefined;
  if (!found) throw refused("The API key is not valid.", "Check that the whole key was copied, or make a new one.");
  const { key: record, user } = found;
  const now = parts.now();
  if (record.expiresAt && record.expiresAt.getTime() <= now) {
    throw refused("The API key has expired.", "Make a new key: gati login, or POST /api/v1/auth/keys.");
  }
  if (!record.lastUsedAt || now - record.lastUsedAt.getTime() > lastUseResolution) {
    parts.afterwards(touchApiKey(parts.db, record.id, new Date(now)));
  }
  return {
    kind: "user",
    userId: user.id,
    handle: user.handle,
    operator: user.operator,
    scopes: record.scopes.filter(isScope),
    credential: { kind: "api-key", id: record.id, name: record.name, expiresAt: record.expiresAt },
  };
}

/** The user whose password this is. An API key never passes here, or a narrow key could buy a broad session. */
export async function fromPassword(
  parts: Pick<AuthenticationParts, "db" | "limiter" | "address">,
  username: string,
  password: string,
): Promise<User> {
  const attempt = await SignInAttempt.begin(parts, username);
  const user = isHandle(username) ? await findUser(parts.db, username) : undefined;
  if (!(await verifyPassword(password, user?.passwordHash)) || !user) {
    throw refused("The handle or the password is wrong.", "Check both, or use an API key as the password.");
  }
  await attempt.succeeded();
  return {
    kind: "user",
    userId: user.id,
    handle: user.handle,
    operator: user.operator,
    scopes: ["admin"],
    credential: { kind: "password" },
  };
}
