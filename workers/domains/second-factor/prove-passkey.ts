import type { Context } from "../../context.ts";
import { type AuthenticationResponseJSON, verifyAssertion } from "./passkey-ceremony.ts";
import { findPasskey, type PasskeyRecord, usePasskey } from "./passkey-store.ts";
import type { Site } from "./relying-party.ts";

/** What a browser answers, and what it had to sign. */
export interface Assertion {
  readonly site: Site;
  readonly challenge: string;
  readonly response: AuthenticationResponseJSON;
}

/** Checks that an assertion proves a passkey of this account and records its use. */
export async function provePasskey(ctx: Context, userId: string, assertion: Assertion): Promise<boolean> {
  const passkey = await findPasskey(ctx.db, assertion.response.id);
  return passkey?.userId === userId && usesPasskey(ctx, passkey, assertion, false);
}

/**
 * Verifies an assertion for a passkey and moves its counter, once: an assertion that came second finds another counter.
 * With `verified` the authenticator must say that it knows its user.
 */
export async function usesPasskey(
  ctx: Context,
  passkey: PasskeyRecord,
  { site, challenge, response }: Assertion,
  verified: boolean,
): Promise<boolean> {
  try {
    const counter = await verifyAssertion(site, challenge, response, passkey, verified);
    return await usePasskey(ctx.db, passkey, counter, new Date(ctx.now()));
  } catch (error) {
    ctx.log.warn("passkey.refused", { passkey: passkey.id, reason: (error as Error).message });
    return false;
  }
}
