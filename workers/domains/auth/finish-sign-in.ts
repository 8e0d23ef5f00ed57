import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { type FactorMethod, factorMethods, insertFactorChallenge } from "./factor-store.ts";
import { type Account, type OpenedSession, openSession } from "./open-session.ts";
import { makeSecret, secretHash } from "./secret-text.ts";

/** Milliseconds that a half-done sign-in waits for its second factor. */
const challengeLifetime = 5 * 60 * 1000;

/**
 * What a sign-in rests on. `provider` is an identity provider, `device` a person who approved another device.
 * `second-factor` is said only by whoever has just checked one: a code, or a passkey that verified its user.
 */
export type Proof = "password" | "provider" | "device" | "second-factor";

export interface SignInProofs {
  /** What the client calls itself. */
  readonly agent: string | undefined;
  readonly proved: readonly [Proof, ...Proof[]];
}

/**
 * The last step of every way to sign in: opens the session, unless the account has a second factor that was not proved.
 * A session that was opened with one counts as fresh for a while (`requireRecentFactor`).
 * Errors: `second_factor_required` with `details.challenge`, `details.methods` and `details.expiresIn`; the challenge goes
 * to POST /api/v1/auth/sessions/second-factor.
 */
export async function finishSignIn(
  ctx: Context,
  account: Account,
  { agent, proved }: SignInProofs,
): Promise<OpenedSession> {
  const factorAt = proved.includes("second-factor") ? new Date(ctx.now()) : undefined;
  const methods = factorAt ? [] : await factorMethods(ctx.db, account.id);
  if (methods.length > 0) throw await factorQuestion(ctx, account, methods);
  return openSession(ctx, account, agent, factorAt);
}

async function factorQuestion(ctx: Context, account: Account, methods: FactorMethod[]): Promise<RegistryError> {
  const challenge = makeSecret("factor-challenge");
  const now = ctx.now();
  await insertFactorChallenge(ctx.db, {
    hash: await secretHash(challenge),
    purpose: "sign-in",
    userId: account.id,
    createdAt: new Date(now),
    expiresAt: new Date(now + challengeLifetime),
  });
  return new RegistryError("second_factor_required", "The account asks for its second factor.", {
    details: { challenge, methods, expiresIn: challengeLifetime / 1000 },
    suggestions: [
      "Send details.challenge with a code, a recovery code or a passkey to POST /api/v1/auth/sessions/second-factor.",
      "With gati: gati login --otp <code>. Where no code can be typed, use an API key.",
    ],
  });
}
