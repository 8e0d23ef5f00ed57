import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { assertTaken } from "../../limits/index.ts";
import { auditNote } from "../audit/index.ts";
import { requireUser } from "../auth/index.ts";
import { afterChange } from "./after-change.ts";
import { confirmPerson } from "./confirm-person.ts";
import { factorAddedLetter } from "./letters.ts";
import { sealLabel, wrongAnswer } from "./prove-factor.ts";
import { makeRecoveryCodes } from "./recovery-codes.ts";
import { seal, unseal } from "./seal.ts";
import { confirmTotp, findTotp, putPendingTotp } from "./store.ts";
import { makeTotpSecret, stepOfCode, totpForms } from "./totp.ts";

/** Milliseconds that a secret waits for its first code. */
const waits = 60 * 60 * 1000;

const hasOne = () =>
  new RegistryError("already_done", "The account has an authenticator app.", {
    suggestions: ["Remove it first: gati account second-factor disable --app."],
  });

/**
 * Makes a secret for an authenticator app and shows it this one time. It counts for nothing until `confirmApp`.
 * Errors: those of `confirmPerson`, `already_done`.
 */
export async function beginApp(ctx: Context, password: string | undefined): Promise<{ secret: string; uri: string }> {
  const { userId, handle } = await confirmPerson(ctx, password);
  const secret = makeTotpSecret();
  const sealed = await seal(ctx.settings, sealLabel(userId), secret);
  if (!(await putPendingTotp(ctx.db, userId, sealed, new Date(ctx.now())))) throw hasOne();
  return totpForms(secret, ctx.settings.service, handle);
}

/**
 * Turns the app on by a code of it. The first factor of an account brings recovery codes, shown this one time, and ends
 * the sessions that the password alone had opened. Needs the scope `admin`.
 * Errors: `second_factor_required` for a wrong code, `invalid_request` when no app waits, `already_done`, `rate_limited`.
 */
export async function confirmApp(ctx: Context, code: string): Promise<{ recoveryCodes: string[] }> {
  const { userId, handle, credential } = requireUser(ctx.actor, "admin");
  assertTaken(await ctx.limiter.take("second-factor", userId));
  const waiting = await findTotp(ctx.db, userId);
  if (waiting?.confirmedAt) throw hasOne();
  const now = ctx.now();
  if (!waiting || waiting.createdAt.getTime() <= now - waits) throw nothingWaits();
  const step = stepOfCode(await unseal(ctx.settings, sealLabel(userId), waiting.secret), code.replaceAll(" ", ""), now);
  if (step === undefined) throw wrongAnswer();
  const { codes, hashes } = await makeRecoveryCodes(userId);
  const audit = auditNote(ctx, { handle }, "totp.added", `users/${handle}`);
  const letter = factorAddedLetter({ service: ctx.settings.service, handle }, "An authenticator app");
  const session = credential.kind === "session" ? credential.id : undefined;
  const done = await confirmTotp(
    ctx.db,
    { secret: waiting.secret, step },
    { codeHashes: hashes, session },
    { userId, audit, letter, at: new Date(now) },
  );
  if (!done) throw nothingWaits();
  await ctx.limiter.refund("second-factor", userId);
  afterChange(ctx, audit, done.ended);
  return { recoveryCodes: done.gotCodes ? codes : [] };
}

const nothingWaits = () =>
  new RegistryError("invalid_request", "No authenticator app waits for its first code.", {
    suggestions: ["Begin again: gati account second-factor enable."],
  });
