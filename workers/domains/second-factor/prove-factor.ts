import { RegistryError } from "../../../core/errors.ts";
import type { Handle } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { assertTaken } from "../../limits/index.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { deliverMails } from "../mail/index.ts";
import { codeUsedLetter } from "./letters.ts";
import { type Assertion, provePasskey } from "./prove-passkey.ts";
import { isRecoveryCode, recoveryCodeHash } from "./recovery-codes.ts";
import { findTotp, resealTotp, spendRecoveryCode, useStep } from "./store.ts";
import { isSealedByOldKey, seal, unseal } from "./seal.ts";
import { stepOfCode } from "./totp.ts";

/** How somebody answers the question for a second factor. */
export type FactorAnswer =
  /** Of the authenticator app. */
  | { readonly kind: "totp"; readonly code: string }
  | { readonly kind: "recovery-code"; readonly code: string }
  | { readonly kind: "passkey"; readonly assertion: Assertion };

export interface Person {
  readonly id: string;
  readonly handle: Handle;
}

/** What a typed code is; a text of neither form is a wrong code. */
export function answerOf(text: string): FactorAnswer {
  const code = text.trim();
  return isRecoveryCode(code) ? { kind: "recovery-code", code } : { kind: "totp", code: code.replaceAll(" ", "") };
}

/**
 * Checks an answer and uses it up: a code is good once, for whoever comes first. Every try counts for the account, whatever
 * asked for it, until one is right. Returns whether it was right. Errors: `rate_limited`, `unavailable` when the secret cannot be read.
 */
export async function proveFactor(ctx: Context, person: Person, answer: FactorAnswer): Promise<boolean> {
  // Before anything is looked at, so that many at once cannot slip through.
  assertTaken(await ctx.limiter.take("second-factor", person.id));
  const right = await isRight(ctx, person, answer);
  if (right) await ctx.limiter.refund("second-factor", person.id);
  ctx.log.info("second_factor.tried", { user: person.id, method: answer.kind, right });
  return right;
}

function isRight(ctx: Context, person: Person, answer: FactorAnswer): Promise<boolean> {
  if (answer.kind === "totp") return provesCode(ctx, person, answer.code);
  if (answer.kind === "recovery-code") return provesRecoveryCode(ctx, person, answer.code);
  return provePasskey(ctx, person.id, answer.assertion);
}

export const sealLabel = (userId: string) => `totp ${userId}`;

async function provesCode(ctx: Context, { id }: Person, code: string): Promise<boolean> {
  const totp = await findTotp(ctx.db, id);
  if (!totp?.confirmedAt) return false;
  const secret = await unseal(ctx.settings, sealLabel(id), totp.secret);
  const step = stepOfCode(secret, code, ctx.now());
  if (step === undefined || !(await useStep(ctx.db, id, step))) return false;
  if (await isSealedByOldKey(ctx.settings, totp.secret)) {
    await resealTotp(ctx.db, id, totp.secret, await seal(ctx.settings, sealLabel(id), secret));
  }
  return true;
}

async function provesRecoveryCode(ctx: Context, { id, handle }: Person, code: string): Promise<boolean> {
  if (!isRecoveryCode(code)) return false;
  const audit = auditNote(ctx, { handle }, "recovery_code.used", `users/${handle}`);
  const letter = codeUsedLetter({ service: ctx.settings.service, handle });
  const telling = { userId: id, audit, letter, at: new Date(ctx.now()) };
  if (!(await spendRecoveryCode(ctx.db, await recoveryCodeHash(id, code), telling))) return false;
  ctx.afterwards(sealAudit(ctx, audit));
  ctx.afterwards(deliverMails(ctx));
  return true;
}

/** For a signed-in caller whose answer was wrong. */
export const wrongAnswer = (): RegistryError =>
  new RegistryError("second_factor_required", "The code is wrong, or was used before.", {
    suggestions: [
      "Wait for the app's next code; each works once.",
      "Check the clock of the device that makes the codes.",
    ],
  });
