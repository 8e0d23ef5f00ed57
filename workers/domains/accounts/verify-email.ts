import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { deliverMails } from "../mail/index.ts";
import { addressReplacedLetter } from "./letters.ts";
import { confirmAddress } from "./store.ts";
import { presentedToken, voidToken } from "./use-token.ts";

/**
 * Confirms the address that the token was sent to and makes it the account's; a confirmed one that it replaces is told.
 * Open to whoever has the token. Errors: `unauthenticated`, `rate_limited`.
 */
export async function verifyEmail(ctx: Context, token: string): Promise<{ handle: string; email: string }> {
  const { hash, found } = await presentedToken(ctx, "verify-email", token);
  const { userId, handle, email, confirmed } = found;
  const replaced = confirmed !== null && confirmed.toLowerCase() !== email.toLowerCase();
  const notice = replaced
    ? { userId, to: confirmed, letter: addressReplacedLetter({ service: ctx.settings.service, handle }) }
    : undefined;
  const by = { kind: "user", id: userId, handle } as const;
  const audit = auditNote(ctx, { handle }, "account.email_confirmed", handle, { replaced }, by);
  if (!(await confirmAddress(ctx.db, hash, found, notice, new Date(ctx.now()), audit))) throw voidToken();
  ctx.afterwards(sealAudit(ctx, audit));
  ctx.log.info("account.email_confirmed", { user: userId });
  if (notice) ctx.afterwards(deliverMails(ctx));
  return { handle, email };
}
