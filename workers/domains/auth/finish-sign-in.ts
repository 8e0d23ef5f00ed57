import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import type { Scope } from "./actor.ts";
import { type FactorMethod, factorMethods, insertFactorChallenge, type NewFactorChallenge } from "./factor-store.ts";
import { type Account, type OpenedSession, openSession } from "./open-session.ts";
import { makeSecret, secretHash } from "./secret-text.ts";

/** Milliseconds that a half-done sign-in waits for its second factor. */
const challengeLifetime = 5 * 60 * 1000;

/**
 * What a sign-in rests on. `provider` is an identity provider, `device` a person who approved another device.
 * `second-factor` is said only by whoever has just checked one: a code, or a passkey that verified its user.
 */
const proofs = ["password", "provider", "device", "second-factor"] as const;
export type Proof = (typeof proofs)[number];
export const isProof = (text: string): text is Proof => (proofs as readonly string[]).includes(text);

export interface SignInProofs {
  /** What the client calls itself. */
  readonly agent: string | undefined;
  readonly proved: readonly [Proof, ...Proof[]];
  /** Where the person signed in: `password`, `passkey`, or the id of a provider. The former two are understood. */
  readonly signIn?: string | undefined;
  /** What the session may be used for; everything unless somebody asked for less. */
  readonly scopes?: readonly Scope[] | undefined;
  /** True for a session of the pages: its secret goes into a cookie. */
  readonly browser?: boolean | undefined;
}

/** The way to sign in that the proofs tell, where nobody says it. */
function signInOf({ signIn, proved }: SignInProofs): string | null {
  return signIn ?? (proved.includes("password") ? "password" : null);
}

/**
 * The last step of every way to sign in: opens the session, unless the account has a second factor that was not proved.
 * A session that was opened with one counts as fresh for a while (`requireRecentFactor`).
 * Errors: `second_factor_required` with `details.challenge`, `details.methods` and `details.expiresIn`; the challenge goes
 * to POST /api/v1/auth/sessions/second-factor.
 */
export async function finishSignIn(ctx: Context, account: Account, given: SignInProofs): Promise<OpenedSession> {
  const { agent, proved, scopes = ["admin"], browser = false } = given;
  const factorAt = proved.includes("second-factor") ? new Date(ctx.now()) : undefined;
  const methods = factorAt ? [] : await factorMethods(ctx.db, account.id);
  const opening = { scopes, proved, signIn: signInOf(given), browser };
  if (methods.length > 0) throw await factorQuestion(ctx, account, methods, opening);
  return openSession(ctx, account, { agent, factorAt, ...opening });
}

/** The half-done sign-in goes on as it began: what was proved stays proved, and a browser's stays a browser's. */
async function factorQuestion(
  ctx: Context,
  account: Account,
  methods: FactorMethod[],
  opening: NewFactorChallenge["opening"],
): Promise<RegistryError> {
  const challenge = makeSecret("factor-challenge");
  const now = ctx.now();
  await insertFactorChallenge(ctx.db, {
    hash: await secretHash(challenge),
    purpose: "sign-in",
    userId: account.id,
    opening,
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
