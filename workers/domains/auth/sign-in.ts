import type { Context } from "../../context.ts";
import { fromPassword } from "./authenticate.ts";
import { finishSignIn } from "./finish-sign-in.ts";
import type { OpenedSession } from "./open-session.ts";

/**
 * Signs in with handle and password. Errors: `unauthenticated`, the same for unknown handles and wrong passwords;
 * `second_factor_required`, `rate_limited`.
 */
export async function signIn(
  ctx: Context,
  input: { handle: string; password: string; browser?: boolean },
  agent: string | undefined,
): Promise<OpenedSession> {
  const user = await fromPassword(ctx, input.handle, input.password);
  const account = { id: user.userId, handle: user.handle, operator: user.operator };
  return finishSignIn(ctx, account, { agent, proved: ["password"], browser: input.browser });
}
