import { RegistryError } from "../../../core/errors.ts";
import { toHex } from "../../../core/digests.ts";
import { isHandle } from "../../../core/identifiers.ts";
import type { Settings } from "../../env.ts";
import { assertTaken, type Limiter } from "../../limits/index.ts";
import { type Actor, anonymous, isScope, type User } from "./actor.ts";
import { isApiKey } from "./api-key-format.ts";
import { fromBrowserSession } from "./browser-session.ts";
import { isWithin } from "./networks.ts";
import { factorMethods } from "./factor-store.ts";
import { verifyPassword } from "./password.ts";
import { isSecret } from "./secret-text.ts";
import { SignInAttempt } from "./sign-in-attempt.ts";
import { fromStepUpToken } from "./step-up-credential.ts";
import { findApiKey, findUser, touchApiKey } from "./store.ts";
import { actorFromToken } from "./tokens.ts";

/** A credential as it came over the wire. */
export type PresentedCredential =
  | { readonly kind: "none" }
  | { readonly kind: "bearer"; readonly token: string }
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  /** The cookie of the pages. Only they present it. */
  | { readonly kind: "browser"; readonly secret: string };

/** What authenticating needs; a `Context` does not exist yet. */
export interface AuthenticationParts {
  readonly db: D1Database;
  readonly settings: Settings;
  readonly limiter: Limiter;
  /** Undefined when nothing trustworthy tells it. */
  readonly address: string | undefined;
  /** The client's whole address, where `address` is the network that is counted. Undefined likewise. */
  readonly source: string | undefined;
  readonly now: () => number;
  readonly afterwards: (work: Promise<unknown>) => void;
}

/** No handle has an underscore. */
const publisherUsername = "__token__";

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
 * a password only together with its own handle. Errors: `unauthenticated`, `denied` for an API key outside of its
 * networks; a wrong credential is never anonymous.
 */
export async function authenticate(parts: AuthenticationParts, presented: PresentedCredential): Promise<Actor> {
  if (presented.kind === "none") return anonymous;
  const actor = await recognise(parts, presented);
  // Keys, and the tokens that keys bought: what is bound to networks ends here everywhere else.
  if (actor.kind === "user" && actor.networks && !isWithin(parts.source, actor.networks)) {
    throw new RegistryError("denied", "This API key may not be used from here.", {
      suggestions: ["Use it from one of its networks (gati token list), or make a key for this one."],
    });
  }
  return actor;
}

async function recognise(
  parts: AuthenticationParts,
  presented: Exclude<PresentedCredential, { kind: "none" }>,
): Promise<Actor> {
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
  if (presented.kind === "browser") return fromBrowserSession(parts, presented.secret);
  const secret = presented.kind === "bearer" ? presented.token : presented.password;
  if (isSecret("step-up", secret)) return fromStepUpToken(parts, secret);
  if (secret.startsWith("gati_")) return fromApiKey(parts, secret);
  if (presented.kind === "bearer") return actorFromToken(parts.settings, secret);
  if (presented.username === publisherUsername) return fromPublisherToken(parts, secret);
  return withoutFactor(parts, await fromPassword(parts, presented.username, secret));
}

/** A client that sends a password with every request cannot be asked for anything else. */
async function withoutFactor({ db }: AuthenticationParts, user: User): Promise<User> {
  const methods = await factorMethods(db, user.userId);
  if (methods.length === 0) return user;
  throw new RegistryError(
    "second_factor_required",
    "The account has a second factor: its password alone is not enough.",
    {
      details: { methods },
      suggestions: ["Use an API key as the password (gati token create <name> --scope publish)."],
    },
  );
}

/** OCI clients know only names and passwords: a trusted publisher signs them in with this name and its token. */
async function fromPublisherToken(parts: AuthenticationParts, token: string): Promise<Actor> {
  const actor = await actorFromToken(parts.settings, token);
  if (actor.kind === "user" && actor.credential.kind === "trusted-publisher") return actor;
  throw refused("This token is no password.", "Send it as `Authorization: Bearer <token>`.");
}

async function fromApiKey(parts: AuthenticationParts, key: string): Promise<User> {
  const hash = isApiKey(key) ? await apiKeyHash(key) : undefined;
  const found = hash === undefined ? undefined : await findApiKey(parts.db, hash);
  if (!found) throw refused("The API key is not valid.", "Check that the whole key was copied, or make a new one.");
  const { key: record, user } = found;
  const now = parts.now();
  if (record.expiresAt && record.expiresAt.getTime() <= now) {
    throw refused("The API key has expired.", "Make a new key: gati login, or POST /api/v1/auth/keys.");
  }
  // An older secret is good for a stated time after a rotation.
  const rotated = found.isPrevious;
  if (rotated && (record.previousUntil?.getTime() ?? 0) <= now) {
    throw refused("The API key was rotated.", "Use the new secret that the rotation answered.");
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
    reach: record.reach ?? undefined,
    networks: record.networks ?? undefined,
    signIn: record.signIn ?? undefined,
    basis: { kind: "api-key", id: record.id, generation: record.generation - (rotated ? 1 : 0) },
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
