import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { factorMethods, requireUser, type User } from "../auth/index.ts";
import { sessionOpenedAt } from "./proof-store.ts";
import { freshFor, requireRecentFactor } from "./require-recent-factor.ts";

/**
 * The caller, for changing how they sign in: a stolen session must not make itself at home. They have just shown their
 * second factor; without one they have signed in within the last ten minutes. Needs the scope `admin`.
 * Errors: `denied`, `second_factor_required`, `rate_limited`.
 */
export async function requireFreshSession(ctx: Context): Promise<User> {
  const user = requireUser(ctx.actor, "admin");
  if ((await factorMethods(ctx.db, user.userId)).length > 0) {
    await requireRecentFactor(ctx);
    return user;
  }
  const { credential } = user;
  const opened = credential.kind === "session" ? await sessionOpenedAt(ctx.db, credential.id) : undefined;
  if (opened && opened.getTime() > ctx.now() - freshFor) return user;
  throw new RegistryError("denied", "Sign in again first: this changes how you sign in.", {
    details: { freshSeconds: freshFor / 1000 },
    suggestions: ["Sign out and in, then repeat this within ten minutes."],
  });
}
