import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { factorMethods, type FactorMethod, type User } from "../auth/index.ts";
import { answerOf, proveFactor, wrongAnswer } from "./prove-factor.ts";
import { sessionFactorAt } from "./proof-store.ts";
import { publishDemand } from "./rule-store.ts";

/** Milliseconds that a proof counts as fresh. */
export const freshFor = 10 * 60 * 1000;

/** A code is used up when it is looked at, and a call may ask more than once. */
const asked = new WeakMap<Context, Promise<number | undefined>>();

/**
 * When the caller proved a second factor for this credential, if that is not too long ago: in the session, with the token
 * or by the code that came with the request. Milliseconds. Errors: `second_factor_required` for a wrong code, `rate_limited`.
 */
export function recentFactor(ctx: Context): Promise<number | undefined> {
  let answer = asked.get(ctx);
  if (!answer) {
    answer = findProof(ctx);
    asked.set(ctx, answer);
  }
  return answer;
}

async function findProof(ctx: Context): Promise<number | undefined> {
  const { actor } = ctx;
  if (actor.kind === "anonymous" || actor.publisher) return undefined;
  const since = ctx.now() - freshFor;
  if (actor.factorAt !== undefined && actor.factorAt > since) return actor.factorAt;
  const session = sessionOf(actor);
  const at = session === undefined ? undefined : (await sessionFactorAt(ctx.db, session))?.getTime();
  if (at !== undefined && at > since) return at;
  if (ctx.otp === undefined) return undefined;
  if (!(await proveFactor(ctx, { id: actor.userId, handle: actor.handle }, answerOf(ctx.otp)))) throw wrongAnswer();
  return ctx.now();
}

function sessionOf({ credential }: User): string | undefined {
  if (credential.kind === "session") return credential.id;
  return credential.kind === "registry-token" ? credential.sessionId : undefined;
}

function proveFirst(message: string, methods: readonly FactorMethod[]): RegistryError {
  return new RegistryError("second_factor_required", message, {
    details: { methods, stepUp: "/api/v1/auth/step-up", header: "Gati-OTP" },
    suggestions: [
      "Repeat the call with a code in the header Gati-OTP; with gati, add --otp <code> or set GATI_OTP.",
      "OCI clients: buy a token with `gati account step-up` and sign in with it as the password.",
    ],
  });
}

/**
 * Refuses a caller who has a second factor and has not proved it lately: for what a stolen session or key alone must not
 * do. An account without a factor passes. Errors: `second_factor_required`, `rate_limited`.
 */
export async function requireRecentFactor(ctx: Context): Promise<void> {
  const { actor } = ctx;
  if (actor.kind === "anonymous" || actor.publisher) return;
  const methods = await factorMethods(ctx.db, actor.userId);
  if (methods.length === 0 || (await recentFactor(ctx)) !== undefined) return;
  throw proveFirst("This needs a fresh proof of your second factor.", methods);
}

/**
 * Holds whoever changes what is published to a fresh factor, where the account asks for that, or whoever owns the namespace
 * or artifact. Trusted publishers are exempt: their tokens live for minutes and name one run. Errors: `second_factor_required`, `rate_limited`.
 */
export async function assertFreshFactor(
  ctx: Context,
  { namespaceId, name }: { readonly namespaceId: string; readonly name: string },
): Promise<void> {
  const { actor } = ctx;
  if (actor.kind === "anonymous" || actor.publisher) return;
  const { byRule, byLevel, hasFactor } = await publishDemand(ctx.db, actor.userId, namespaceId, name);
  if (!byRule && !(byLevel && hasFactor)) return;
  if (!hasFactor) {
    throw new RegistryError("second_factor_required", "Only people with a second factor publish here.", {
      details: { methods: [] },
      suggestions: ["Give your account one first: gati account second-factor enable."],
    });
  }
  if ((await recentFactor(ctx)) !== undefined) return;
  const methods = await factorMethods(ctx.db, actor.userId);
  throw proveFirst(
    byRule ? "Publishing here needs a fresh second factor." : "Your account asks for its second factor to publish.",
    methods,
  );
}
