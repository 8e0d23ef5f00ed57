import type { Context } from "../../context.ts";
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
  const ended = await resetPasswordWithToken(ctx.db, hash, passwordHash, { userId, to: email, letter }, new Date(now));
  if (!ended) throw voidToken();
  for (const id of ended) ctx.revoked.add(id, now);
  ctx.log.info("account.password_reset", { user: userId, sessions: ended.length });
  ctx.afterwards(deliverMails(ctx));
}
