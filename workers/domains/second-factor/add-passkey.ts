import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { auditNote } from "../audit/index.ts";
import { insertFactorChallenge, makeSecret, requireUser, secretHash } from "../auth/index.ts";
import { afterChange } from "./after-change.ts";
import { confirmPerson } from "./confirm-person.ts";
import { factorAddedLetter } from "./letters.ts";
import {
  creationOptions,
  type CeremonyOptions,
  type RegistrationResponseJSON,
  signedChallenge,
  verifyCreation,
} from "./passkey-ceremony.ts";
import { insertPasskey, listPasskeys, type PasskeyRecord } from "./passkey-store.ts";
import { takeChallenge } from "./proof-store.ts";
import { makeRecoveryCodes } from "./recovery-codes.ts";
import { relyingParty, type Site } from "./relying-party.ts";

/** Milliseconds that a browser has for a ceremony. */
export const ceremonyTime = 5 * 60 * 1000;
/** Passkeys of one account. */
const mostPasskeys = 20;

/**
 * Begins the registration of a passkey: options for the browser's `navigator.credentials.create`. `origin` is where the request
 * arrived. Errors: those of `confirmPerson`, `unsupported` where passkeys cannot work.
 */
export async function beginPasskey(
  ctx: Context,
  origin: string,
  password: string | undefined,
): Promise<CeremonyOptions> {
  const site = relyingParty(ctx.settings, origin);
  const { userId, handle } = await confirmPerson(ctx, password);
  const challenge = makeSecret("factor-challenge");
  const now = ctx.now();
  await insertFactorChallenge(ctx.db, {
    hash: await secretHash(challenge),
    purpose: "passkey-registration",
    userId,
    createdAt: new Date(now),
    expiresAt: new Date(now + ceremonyTime),
  });
  const { service } = ctx.settings;
  return creationOptions(site, { service, id: userId, handle }, challenge, await listPasskeys(ctx.db, userId));
}

/**
 * Adds the passkey that a browser made. The first factor of an account brings recovery codes, shown this one time, and ends
 * the sessions that the password alone had opened. Needs the scope `admin`.
 * Errors: `invalid_request` for a registration that proves nothing, `already_done`.
 */
export async function addPasskey(
  ctx: Context,
  origin: string,
  name: string,
  response: RegistrationResponseJSON,
): Promise<{ passkey: PasskeyRecord; recoveryCodes: string[] }> {
  const { userId, handle, credential } = requireUser(ctx.actor, "admin");
  const site = relyingParty(ctx.settings, origin);
  const made = await verified(ctx, userId, site, response);
  const at = new Date(ctx.now());
  const passkey = { id: crypto.randomUUID(), userId, name, createdAt: at, lastUsedAt: null, ...made };
  const { codes, hashes } = await makeRecoveryCodes(userId);
  const audit = auditNote(ctx, { handle }, "passkey.added", `users/${handle}`, { passkey: passkey.id, name });
  const letter = factorAddedLetter({ service: ctx.settings.service, handle }, `The passkey "${name}"`);
  const session = credential.kind === "session" ? credential.id : undefined;
  const telling = { userId, audit, letter, at };
  const done = await insertPasskey(ctx.db, passkey, mostPasskeys, { codeHashes: hashes, session }, telling);
  if (!done) {
    throw new RegistryError("already_done", `This passkey is registered, or the account has ${mostPasskeys} already.`, {
      suggestions: ["Remove one that you do not use."],
    });
  }
  afterChange(ctx, audit, done.ended);
  return { passkey, recoveryCodes: done.gotCodes ? codes : [] };
}

/** Uses the ceremony's challenge up, whatever comes of it, and verifies the answer. */
async function verified(ctx: Context, userId: string, site: Site, response: RegistrationResponseJSON) {
  const challenge = signedChallenge(response.response.clientDataJSON);
  const now = new Date(ctx.now());
  const taken = await takeChallenge(ctx.db, await secretHash(challenge), "passkey-registration", now);
  try {
    if (taken?.userId !== userId) throw new Error("no such ceremony");
    return await verifyCreation(site, challenge, response);
  } catch (cause) {
    ctx.log.warn("passkey.not_registered", { user: userId, reason: (cause as Error).message });
    throw new RegistryError("invalid_request", "The browser's answer does not register a passkey here.", {
      cause,
      suggestions: ["Begin again, within five minutes and on the registry's own page."],
    });
  }
}
