import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { fromPassword, requireUser, type User } from "../auth/index.ts";
import { requireFreshSession, requireRecentFactor } from "../second-factor/index.ts";
import { type AccountRecord, findAccount } from "./store.ts";

/** The caller with their account as it is. Needs the scope `admin`. Errors: `unauthenticated`, `insufficient_scope`. */
export async function callersAccount(ctx: Context): Promise<{ user: User; account: AccountRecord }> {
  const user = requireUser(ctx.actor, "admin");
  const account = await findAccount(ctx.db, user.userId);
  if (account) return { user, account };
  throw new RegistryError("unauthenticated", "The account was deleted.", { suggestions: ["Make another account."] });
}

/**
 * The same, for what a stolen session or key alone must not do: the password is asked for again, and a wrong one counts
 * as a failed sign-in; so is a second factor where there is one. Errors: also `denied` for a wrong password,
 * `second_factor_required`, `rate_limited`.
 */
export async function confirmedAccount(
  ctx: Context,
  password: string,
): Promise<{ user: User; account: AccountRecord }> {
  // Read before the password is checked: `replacePassword` refuses when it changed in between.
  const found = await callersAccount(ctx);
  // Somebody who came with a provider has no password to show.
  if (found.account.passwordHash === "") {
    await requireFreshSession(ctx);
    return found;
  }
  try {
    await fromPassword(ctx, found.account.handle, password);
  } catch (error) {
    if (!(error instanceof RegistryError && error.code === "unauthenticated")) throw error;
    throw new RegistryError("denied", "The password is wrong.", {
      suggestions: ["Send the password that the account has now."],
    });
  }
  await requireRecentFactor(ctx);
  return found;
}
