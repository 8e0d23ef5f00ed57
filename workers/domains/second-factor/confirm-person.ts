import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { factorMethods, findUser, fromPassword, requireUser, type User } from "../auth/index.ts";
import { requireFreshSession } from "./require-fresh-session.ts";
import { requireRecentFactor } from "./require-recent-factor.ts";

/**
 * The caller, for giving the account another factor: a stolen session or key must not lock its owner out. They show the
 * factor that they have; without one the password; without a password they have just signed in.
 * Needs the scope `admin`. Errors: `denied`, `second_factor_required`, `rate_limited`.
 */
export async function confirmPerson(ctx: Context, password: string | undefined): Promise<User> {
  const user = requireUser(ctx.actor, "admin");
  if ((await factorMethods(ctx.db, user.userId)).length > 0) {
    await requireRecentFactor(ctx);
    return user;
  }
  const account = await findUser(ctx.db, user.handle);
  if (account?.passwordHash === "") await requireFreshSession(ctx);
  else await requirePassword(ctx, user, password);
  return user;
}

async function requirePassword(ctx: Context, { handle }: User, password: string | undefined): Promise<void> {
  try {
    await fromPassword(ctx, handle, password ?? "");
  } catch (error) {
    if (!(error instanceof RegistryError && error.code === "unauthenticated")) throw error;
    throw new RegistryError("denied", "The password is wrong.", {
      suggestions: ["Send the account's password as `password`."],
    });
  }
}
