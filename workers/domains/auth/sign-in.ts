import type { Context } from "../../context.ts";
import { fromPassword } from "./authenticate.ts";
import { type OpenedSession, openSession } from "./open-session.ts";

/**
 * Signs in with handle and password. Errors: `unauthenticated`, the same for unknown handles and wrong passwords;
 * `rate_limited`.
 */
export async function signIn(
  ctx: Context,
  input: { handle: string; password: string },
  agent: string | undefined,
): Promise<OpenedSession> {
  const user = await fromPassword(ctx, input.handle, input.password);
  return openSession(ctx, { id: user.userId, handle: user.handle, operator: user.operator }, agent);
}
