import { RegistryError } from "../../../core/errors.ts";
import { isScope, type User } from "./actor.ts";
import { sessionIdle, sessionLongest } from "./open-session.ts";
import { isSecret, secretHash } from "./secret-text.ts";
import { findBrowserSession, touchSession } from "./session-store.ts";

/** A session in use is prolonged at most this often, in milliseconds. */
const touchResolution = 60 * 60 * 1000;

/** What looking a browser's session up needs; a `Context` does not exist yet. */
export interface BrowserParts {
  readonly db: D1Database;
  readonly address: string | undefined;
  readonly now: () => number;
  readonly afterwards: (work: Promise<unknown>) => void;
}

/**
 * The person whose browser shows this cookie. It is a session like any other, but its secret does not rotate: a browser
 * loads several things at once, and two that rotated one secret would look like a thief. Instead the secret stays out of
 * reach of every script, is looked up with every request, and so ends at once when the session does.
 * Errors: `unauthenticated`.
 */
export async function fromBrowserSession(parts: BrowserParts, secret: string): Promise<User> {
  const now = parts.now();
  const found = isSecret("browser-session", secret)
    ? await findBrowserSession(parts.db, await secretHash(secret), new Date(now))
    : undefined;
  if (!found) {
    throw new RegistryError("unauthenticated", "You are signed out.", { suggestions: ["Sign in again."] });
  }
  const { user, ...session } = found;
  if (now - session.lastUsedAt.getTime() > touchResolution) {
    const expiresAt = new Date(Math.min(now + sessionIdle, session.createdAt.getTime() + sessionLongest));
    parts.afterwards(touchSession(parts.db, session.id, { lastUsedAt: new Date(now), expiresAt }));
  }
  return {
    kind: "user",
    userId: user.id,
    handle: user.handle,
    operator: user.operator,
    scopes: session.scopes.filter(isScope),
    credential: { kind: "session", id: session.id, expiresAt: session.expiresAt, methods: session.proved },
    ...(session.signIn === null ? {} : { signIn: session.signIn }),
  };
}
