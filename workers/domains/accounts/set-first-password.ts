import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { assertAcceptablePassword, hashPassword } from "../auth/index.ts";
import { requireFreshSession } from "../second-factor/index.ts";
import { callersAccount } from "./confirm-password.ts";
import { replacePassword } from "./store.ts";

/**
 * Gives an account its first password, and ends its other sessions: for people who came with a provider. Needs a fresh session.
 * Errors: those of `requireFreshSession`, `already_done` when it has one, `invalid_request`.
 */
export async function setFirstPassword(ctx: Context, password: string): Promise<void> {
  assertAcceptablePassword(password);
  const { credential, userId, handle } = await requireFreshSession(ctx);
  const { account } = await callersAccount(ctx);
  const passwordHash = await hashPassword(password);
  const except = credential.kind === "session" ? credential.id : undefined;
  const now = ctx.now();
  const known = "";
  const audit = auditNote(ctx, { handle }, "account.password_set", handle);
  const ended =
    account.passwordHash === known
      ? await replacePassword(ctx.db, { userId, known, passwordHash, except }, undefined, new Date(now), audit)
      : undefined;
  if (!ended) {
    throw new RegistryError("already_done", "The account has a password.", {
      suggestions: ["Change it with the one that it has, or ask for a reset by mail."],
    });
  }
  for (const id of ended) ctx.revoked.add(id, now);
  ctx.afterwards(sealAudit(ctx, audit));
  ctx.log.info("account.first_password", { user: userId });
}
