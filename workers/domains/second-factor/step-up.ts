import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { auditNote } from "../audit/index.ts";
import { boughtBy, insertFactorChallenge, makeSecret, requireScope, secretHash } from "../auth/index.ts";
import { ceremonyTime } from "./add-passkey.ts";
import { afterChange } from "./after-change.ts";
import { type CeremonyOptions, requestOptions } from "./passkey-ceremony.ts";
import { listPasskeys } from "./passkey-store.ts";
import { insertStepUp, takeChallenge } from "./proof-store.ts";
import { type FactorAnswer, proveFactor, wrongAnswer } from "./prove-factor.ts";
import { relyingParty } from "./relying-party.ts";
import { freshFor } from "./require-recent-factor.ts";

export interface BoughtStepUp {
  /** Works wherever the credential does that bought it, also as the password of an OCI client. */
  readonly token: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/** What a browser needs to step up with a passkey. Needs a session or an API key. Errors: `unsupported`. */
export async function beginStepUp(ctx: Context, origin: string): Promise<CeremonyOptions> {
  const site = relyingParty(ctx.settings, origin);
  const { userId } = requireScope(ctx.actor, "read");
  const challenge = makeSecret("factor-challenge");
  const now = ctx.now();
  await insertFactorChallenge(ctx.db, {
    hash: await secretHash(challenge),
    purpose: "step-up",
    userId,
    createdAt: new Date(now),
    expiresAt: new Date(now + ceremonyTime),
  });
  return requestOptions(site, challenge, await listPasskeys(ctx.db, userId));
}

/**
 * Proves the second factor for the credential that asks. A session counts as fresh from then on; the token is the same
 * credential with a fresh factor, for clients that send no codes, and ends with it. Needs a session or an API key.
 * Errors: `second_factor_required` for a wrong answer, `denied` for other credentials, `rate_limited`.
 */
export async function stepUp(ctx: Context, answer: FactorAnswer): Promise<BoughtStepUp> {
  const user = requireScope(ctx.actor, "read");
  const { userId, handle, credential } = user;
  const bought = boughtBy(user);
  if (bought === undefined || user.publisher) {
    throw new RegistryError("denied", "Only a session or an API key can be stepped up.", {
      suggestions: ["Sign in, or use an API key."],
    });
  }
  const now = new Date(ctx.now());
  if (answer.kind === "passkey") {
    const hash = await secretHash(answer.assertion.challenge);
    if ((await takeChallenge(ctx.db, hash, "step-up", now))?.userId !== userId) throw wrongAnswer();
  }
  if (!(await proveFactor(ctx, { id: userId, handle }, answer))) throw wrongAnswer();
  const token = makeSecret("step-up");
  const audit = auditNote(ctx, { handle }, "step_up.bought", `users/${handle}`, { method: answer.kind });
  await insertStepUp(
    ctx.db,
    {
      hash: await secretHash(token),
      userId,
      boughtBy: bought,
      createdAt: now,
      expiresAt: new Date(now.getTime() + freshFor),
    },
    credential.kind === "session" ? credential.id : undefined,
    audit,
  );
  afterChange(ctx, audit);
  return { token, expiresIn: freshFor / 1000 };
}
