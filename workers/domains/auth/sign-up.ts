import { RegistryError } from "../../../core/errors.ts";
import { assertClaimable, type Handle, parseHandle } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { assertTaken } from "../../limits/index.ts";
import { assertAcceptablePassword, hashPassword } from "./password.ts";
import { insertUser, isUniqueViolation } from "./store.ts";

export interface Account {
  readonly id: string;
  readonly handle: Handle;
  readonly operator: boolean;
}

export interface SignUpInput {
  readonly handle: string;
  readonly password: string;
  readonly email?: string | undefined;
}

/**
 * Makes an account and its namespace `users/<handle>`. Open to everyone unless the operator closed it.
 * Errors: `denied` when sign-up is closed, `name_invalid`, `name_taken` (also when two people ask at once: one wins), `invalid_request`, `rate_limited`.
 */
export async function signUp(ctx: Context, input: SignUpInput, operator = false): Promise<Account> {
  if (!operator && !ctx.settings.openSignUp) {
    throw new RegistryError("denied", "This registry does not take new accounts.", {
      suggestions: ["Ask its operator for one."],
    });
  }
  const handle = parseHandle(input.handle);
  // The operator runs the installation and may use a reserved name.
  if (!operator) assertClaimable(handle);
  assertAcceptablePassword(input.password);
  if (!operator && ctx.address !== undefined) assertTaken(await ctx.limiter.take("sign-up", ctx.address));
  const account = { id: crypto.randomUUID(), handle, operator };
  try {
    await insertUser(ctx.db, {
      ...account,
      passwordHash: await hashPassword(input.password),
      namespaceId: crypto.randomUUID(),
      email: input.email,
      at: new Date(ctx.now()),
    });
  } catch (cause) {
    if (!isUniqueViolation(cause)) throw cause;
    throw new RegistryError("name_taken", `The handle "${handle}" is taken.`, {
      cause,
      suggestions: ["Choose another handle."],
    });
  }
  ctx.log.info("auth.sign_up", { user: account.id, handle });
  return account;
}
