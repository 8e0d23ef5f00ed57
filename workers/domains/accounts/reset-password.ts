import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { assertAcceptablePassword, hashPassword } from "../auth/index.ts";
import { deliverMails } from "../mail/index.ts";
import { passwordChangedLetter } from "./letters.ts";
import { resetPasswordWithToken } from "./store.ts";
import { presentedToken, voidToken } from "./use-token.ts";

/**
 * Sets a new password with the token that came by mail, and ends all sessions. Open to whoever has the token.
 * Errors: `unauthenticated`, `invalid_request` for a password that is too short or long, `rate_limited`.
 */
export async function resetPassword(ctx: Context, input: { token: string; password: string }): Promise<void> {
  assertAcceptablePassword(input.password);
  const { hash, found } = await presentedToken(ctx, "reset-password", input.token);
  const { userId, handle, email } = found;
  const letter = passwordChangedLetter({ service: ctx.settings.service, handle });
  const now = ctx.now();
  const passwordHash = await hashPassword(input.password);
  const by = { kind: "user", id: userId, handle } as const;
  const audit = auditNote(ctx, { handle }, "account.password_reset", handle, {}, by);
  const notice = { userId, to: email, letter };
  const ended = await resetPasswordWithToken(ctx.db, hash, passwordHash, notice, new Date(now), audit);
  if (!ended) throw voidToken();
  ctx.afterwards(sealAudit(ctx, audit));
  for (const id of ended) ctx.revoked.add(id, now);
  ctx.log.info("account.password_reset", { user: userId, sessions: ended.length });
  ctx.afterwards(deliverMails(ctx));
}
