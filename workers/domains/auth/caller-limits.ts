import type { Context } from "../../context.ts";
import type { PolicyName, Taken } from "../../limits/index.ts";
import { requireScope } from "./require-user.ts";

/** What a user is counted for, by policy. */
const counted = ["read", "write", "publish"] as const satisfies readonly PolicyName[];

/** How the caller stands under each limit that is on, without counting for it. Needs the scope `read`. */
export async function callerLimits(ctx: Context): Promise<Taken[]> {
  const { userId } = requireScope(ctx.actor, "read");
  const looked = await Promise.all(counted.map((policy) => ctx.limiter.take(policy, `user:${userId}`, 0)));
  return looked.filter((one) => one !== undefined);
}
