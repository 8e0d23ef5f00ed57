import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import {
  findUserById,
  finishSignIn,
  insertFactorChallenge,
  makeSecret,
  type OpenedSession,
  secretHash,
} from "../auth/index.ts";
import { assertTaken } from "../../limits/index.ts";
import { ceremonyTime } from "./add-passkey.ts";
import {
  type AuthenticationResponseJSON,
  type CeremonyOptions,
  requestOptions,
  signedChallenge,
} from "./passkey-ceremony.ts";
import { findPasskey } from "./passkey-store.ts";
import { takeChallenge } from "./proof-store.ts";
import { usesPasskey } from "./prove-passkey.ts";
import { relyingParty } from "./relying-party.ts";

/** Begins a sign-in with a passkey alone: the browser offers what it has for this site. Errors: `unsupported`. */
export async function beginPasskeySignIn(ctx: Context, origin: string): Promise<CeremonyOptions> {
  const site = relyingParty(ctx.settings, origin);
  const challenge = makeSecret("factor-challenge");
  const now = ctx.now();
  await insertFactorChallenge(ctx.db, {
    hash: await secretHash(challenge),
    purpose: "passkey-sign-in",
    userId: null,
    createdAt: new Date(now),
    expiresAt: new Date(now + ceremonyTime),
  });
  return requestOptions(site, challenge, undefined);
}

/**
 * Signs in with a passkey and nothing else; `browser` asks for a session of the pages. It has to be one that names its user and has verified them (a fingerprint, a
 * PIN): having it and being its person are then two factors. Errors: `unauthenticated`, `rate_limited`.
 */
export async function signInWithPasskey(
  ctx: Context,
  origin: string,
  response: AuthenticationResponseJSON,
  { agent, browser = false }: { readonly agent: string | undefined; readonly browser?: boolean },
): Promise<OpenedSession> {
  const site = relyingParty(ctx.settings, origin);
  const { address, limiter } = ctx;
  if (address !== undefined) assertTaken(limiter.takeHere("credential", address, 0), 1);
  const challenge = signedChallenge(response.response.clientDataJSON);
  const taken = await takeChallenge(ctx.db, await secretHash(challenge), "passkey-sign-in", new Date(ctx.now()));
  const passkey = taken && response.response.userHandle ? await findPasskey(ctx.db, response.id) : undefined;
  const proved = passkey && (await usesPasskey(ctx, passkey, { site, challenge, response }, true));
  const account = proved ? await findUserById(ctx.db, passkey.userId) : undefined;
  if (account) return finishSignIn(ctx, account, { agent, browser, proved: ["second-factor"], signIn: "passkey" });
  if (address !== undefined) limiter.takeHere("credential", address);
  throw new RegistryError("unauthenticated", "This passkey does not open an account here.", {
    suggestions: ["Sign in with the password, and use the passkey as the second factor."],
  });
}
