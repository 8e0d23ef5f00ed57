import type { Context } from "../../context.ts";
import { assertTaken } from "../../limits/index.ts";
import { deliverMails } from "../mail/index.ts";
import { confirmedAccount } from "./confirm-password.ts";
import { confirmation } from "./sign-up.ts";
import { insertMailToken } from "./store.ts";

/**
 * Asks for another address, or for the letter to the same one again. It takes the place of the present one only when
 * the token that is sent there comes back. Needs the scope `admin` and the password.
 * Errors: those of `confirmedAccount`.
 */
export async function changeEmail(ctx: Context, input: { email: string; password: string }): Promise<void> {
  const { account } = await confirmedAccount(ctx, input.password);
  assertTaken(await ctx.limiter.take("mail", `user:${account.id}`));
  const { token, mail } = await confirmation(ctx, account, input.email);
  await insertMailToken(ctx.db, token, mail, new Date(ctx.now()));
  ctx.log.info("account.email_asked", { user: account.id });
  ctx.afterwards(deliverMails(ctx));
}
