import { hostname } from "node:os";
import type { CommandContext } from "./context.ts";
import { revokeKey } from "./revoke-key.ts";
import type { Scope } from "./sdk.ts";
import type { StoredLogin } from "./settings/credentials.ts";

/**
 * Makes an API key with a session: it can be revoked without touching other machines, and outlives the session, which
 * nobody needs any more.
 */
export async function makeKey(
  context: CommandContext,
  session: { readonly token: string; readonly refreshToken?: string; readonly user: { readonly handle: string } },
  options: { scopes: readonly Scope[]; expiresInDays?: number | undefined },
): Promise<StoredLogin> {
  const { scopes, expiresInDays } = options;
  const { auth } = context.clientWith(session.token);
  const { id, key } = await auth.createKey({
    name: `gati-cli on ${hostname()}`.slice(0, 64),
    scopes,
    ...(expiresInDays === undefined ? {} : { expiresInDays }),
  });
  // A session that could not be ended ends by itself; the login stands all the same.
  await auth.signOut(session.refreshToken).catch(() => undefined);
  return { handle: session.user.handle, key, keyId: id, createdAt: new Date().toISOString() };
}

/** Keeps a login for the registry of the context, revokes the key of the one before, and says so. */
export async function keepLogin(context: CommandContext, login: StoredLogin, headline: string): Promise<void> {
  const { credentials, login: previous, output } = context;
  const registry = context.registry.origin;
  await credentials.set(registry, login);
  if (previous !== undefined && previous.key !== login.key) {
    await revokeKey(context, previous).catch(() => {
      output.warn(
        `The key of the login before (${previous.keyId}) could not be revoked. Revoke it in your account's settings.`,
      );
    });
  }
  output.result({ registry, handle: login.handle, credentials: credentials.path }, [
    `${headline} ${registry} as ${output.style("bold", login.handle)}.`,
    `The key is kept in ${credentials.path}.`,
  ]);
}
