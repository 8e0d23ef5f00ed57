import type { Context } from "../../context.ts";
import { fromPassword } from "./authenticate.ts";
import type { Account } from "./sign-up.ts";
import { sessionLifetime, signSession } from "./tokens.ts";

export interface Session {
  readonly user: Account;
  /** Bearer token. */
  readonly token: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/** Answers a short session for an account that was just made or proved. */
export async function openSession(ctx: Context, user: Account): Promise<Session> {
  return { user, token: await signSession(ctx.settings, user), expiresIn: sessionLifetime };
}

/** Signs in with handle and password. Errors: `unauthenticated`, the same for unknown handles and wrong passwords. */
export async function signIn(ctx: Context, input: { handle: string; password: string }): Promise<Session> {
  const user = await fromPassword(ctx, input.handle, input.password);
  return openSession(ctx, { id: user.userId, handle: user.handle, operator: user.operator });
}
