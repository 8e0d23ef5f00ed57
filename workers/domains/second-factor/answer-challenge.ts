import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import {
  finishSignIn,
  isProof,
  isScope,
  isSecret,
  type OpenedSession,
  secretHash,
  SignInAttempt,
  type SignInProofs,
} from "../auth/index.ts";
import { deliverMails } from "../mail/index.ts";
import { guessedLetter } from "./letters.ts";
import { type CeremonyOptions, requestOptions } from "./passkey-ceremony.ts";
import { listPasskeys } from "./passkey-store.ts";
import { challengedUser, postLetter, takeChallenge, tryChallenge } from "./proof-store.ts";
import { type FactorAnswer, proveFactor } from "./prove-factor.ts";
import type { ChallengeOpening } from "./tables.ts";
import { relyingParty } from "./relying-party.ts";

/** Wrong answers that end a half-done sign-in. */
const mostTries = 5;

const over = () =>
  new RegistryError("unauthenticated", "This sign-in is not waiting for a second factor any more.", {
    suggestions: ["Sign in again: it waits five minutes, and for five wrong codes."],
  });

/**
 * Finishes a sign-in that `second_factor_required` stopped. A challenge is good once, for five tries within five minutes,
 * and for its own account. Open to whoever has the challenge. Errors: `unauthenticated` with `details.triesLeft`, `rate_limited`.
 */
export async function answerChallenge(
  ctx: Context,
  challenge: string,
  answer: FactorAnswer,
  agent: string | undefined,
): Promise<OpenedSession> {
  if (!isSecret("factor-challenge", challenge)) throw over();
  const hash = await secretHash(challenge);
  const now = new Date(ctx.now());
  const tried = await tryChallenge(ctx.db, hash, mostTries, now);
  if (!tried) throw over();
  const { account, tries } = tried;
  // A wrong code counts as a wrong password does, too.
  const attempt = await SignInAttempt.begin(ctx, account.handle);
  if (!(await proveFactor(ctx, account, answer))) {
    if (tries >= mostTries) await warnOwner(ctx, account);
    throw new RegistryError("unauthenticated", "The code is wrong, or was used before.", {
      details: { triesLeft: mostTries - tries },
      suggestions: ["Wait for the app's next code; each works once.", "Lost your device? Use a recovery code."],
    });
  }
  await attempt.succeeded();
  // Two right answers at once: one of them opens a session.
  const taken = await takeChallenge(ctx.db, hash, "sign-in", now);
  if (!taken) throw over();
  return finishSignIn(ctx, account, { agent, ...proofsOf(taken.opening) });
}

/** What the sign-in had proved before, and the factor. */
function proofsOf(opening: ChallengeOpening | null): Omit<SignInProofs, "agent"> {
  if (!opening) return { proved: ["second-factor"] };
  const proved = ["second-factor", ...opening.proved.filter(isProof)] as const;
  return {
    proved,
    signIn: opening.signIn ?? undefined,
    scopes: opening.scopes.filter(isScope),
    browser: opening.browser,
  };
}

async function warnOwner(ctx: Context, { id, handle }: { id: string; handle: string }): Promise<void> {
  ctx.log.warn("second_factor.guessed", { user: id });
  const letter = guessedLetter({ service: ctx.settings.service, handle });
  await postLetter(ctx.db, { userId: id, letter, at: new Date(ctx.now()) });
  ctx.afterwards(deliverMails(ctx));
}

/**
 * What a browser needs to answer the challenge with a passkey. Open to whoever has the challenge; counts as no try.
 * Errors: `unauthenticated`, `unsupported` where passkeys cannot work.
 */
export async function challengeOptions(ctx: Context, origin: string, challenge: string): Promise<CeremonyOptions> {
  const site = relyingParty(ctx.settings, origin);
  if (!isSecret("factor-challenge", challenge)) throw over();
  const userId = await challengedUser(ctx.db, await secretHash(challenge), new Date(ctx.now()));
  if (userId === undefined) throw over();
  return requestOptions(site, challenge, await listPasskeys(ctx.db, userId));
}
