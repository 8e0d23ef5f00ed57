import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { assertTaken } from "../../limits/index.ts";
import { isSecret, secretHash } from "../auth/index.ts";
import { findMailToken, type FoundMailToken, type NewMailToken } from "./store.ts";

/** How a token that cannot be used answers, whatever the reason. */
export const voidToken = () =>
  new RegistryError("unauthenticated", "The token is wrong, too old, or was used before.", {
    suggestions: ["Check that the whole token was copied.", "Ask for another mail; only the newest token counts."],
  });

/** The token that came by mail, as it is known here. Errors: `unauthenticated`, `rate_limited`. */
export async function presentedToken(
  ctx: Context,
  purpose: NewMailToken["purpose"],
  token: string,
): Promise<{ hash: string; found: FoundMailToken }> {
  if (ctx.address !== undefined) assertTaken(await ctx.limiter.take("recovery", ctx.address));
  if (!isSecret(purpose, token)) throw voidToken();
  const hash = await secretHash(token);
  const found = await findMailToken(ctx.db, purpose, hash, new Date(ctx.now()));
  if (!found) throw voidToken();
  return { hash, found };
}
