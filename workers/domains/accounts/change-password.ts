import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { assertAcceptablePassword, hashPassword } from "../auth/index.ts";
import { deliverMails } from "../mail/index.ts";
import { confirmedAccount } from "./confirm-password.ts";
import { passwordChangedLetter } from "./letters.ts";
import { replacePassword } from "./store.ts";

/**
 * Replaces the password and ends all sessions but the caller's. Needs the scope `admin` and the present password.
 * Errors: those of `confirmedAccount`, `invalid_request` for a password that is too short or long.
 */
export async function changePassword(ctx: Context, input: { password: string; newPassword: string }): Promise<void> {
  assertAcceptablePassword(input.newPassword);
  const { user, account } = await confirmedAccount(ctx, input.password);
  const { id: userId, handle, email, emailVerifiedAt, passwordHash: known } = account;
  const letter = passwordChangedLetter({ service: ctx.settings.service, handle });
  const notice = email !== null && emailVerifiedAt !== null ? { userId, to: email, letter } : undefined;
  const except = user.credential.kind === "session" ? user.credential.id : undefined;
  const now = ctx.now();
  const change = { userId, known, passwordHash: await hashPassword(input.newPassword), except };
  const audit = auditNote(ctx, { handle }, "account.password_changed", handle);
  const ended = await replacePassword(ctx.db, change, notice, new Date(now), audit);
  if (!ended) {
    throw new RegistryError("denied", "The password was changed by somebody else just now.", {
      suggestions: ["Sign in again."],
    });
  }
  for (const id of ended) ctx.revoked.add(id, now);
  ctx.log.info("account.password_changed", { user: userId, sessions: ended.length });
  ctx.afterwards(sealAudit(ctx, audit));
  if (notice) ctx.afterwards(deliverMails(ctx));
}
