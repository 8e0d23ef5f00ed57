import type { Context } from "../../context.ts";
import { assertTaken } from "../../limits/index.ts";
import { makeSecret, secretHash } from "../auth/index.ts";
import { deliverMails } from "../mail/index.ts";
import { resetLetter } from "./letters.ts";
import { insertMailToken, type ResetTarget, resetTargets } from "./store.ts";

/** Accounts of one address that get a letter. */
const mostAccounts = 5;

/**
 * Sends a token for a new password to the confirmed address of an account, named by its handle or that address. Open to
 * everybody. Whether there is such an account nobody learns: the look-up begins when the answer is made, so neither its
 * words nor its time depend on it. Errors: `rate_limited`, by what was named and by address, alike for both.
 */
export async function forgotPassword(ctx: Context, account: string): Promise<void> {
  const named = account.trim().toLowerCase();
  if (ctx.address !== undefined) assertTaken(await ctx.limiter.take("recovery", ctx.address));
  assertTaken(await ctx.limiter.take("mail", `reset:${named}`));
  ctx.afterwards(sendResets(ctx, named));
}

async function sendResets(ctx: Context, named: string): Promise<void> {
  const targets = await resetTargets(ctx.db, named, mostAccounts);
  for (const target of targets) await sendReset(ctx, target);
  if (targets.length > 0) await deliverMails(ctx);
}

async function sendReset(ctx: Context, { id, handle, email }: ResetTarget): Promise<void> {
  const token = makeSecret("reset-password");
  const { service, publicOrigin: pages } = ctx.settings;
  const letter = resetLetter({ service, handle, pages }, token);
  await insertMailToken(
    ctx.db,
    { hash: await secretHash(token), userId: id, purpose: "reset-password", email },
    { userId: id, to: email, letter },
    new Date(ctx.now()),
  );
  ctx.log.info("account.reset_asked", { user: id });
}
