import { RegistryError } from "../../../core/errors.ts";
import { assertClaimable, parseHandle } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { assertTaken } from "../../limits/index.ts";
import {
  type Account,
  assertAcceptablePassword,
  hashPassword,
  isUniqueViolation,
  makeSecret,
  secretHash,
} from "../auth/index.ts";
import { deliverMails } from "../mail/index.ts";
import { verificationLetter } from "./letters.ts";
import { insertAccount } from "./store.ts";

export interface SignUpInput {
  readonly handle: string;
  readonly password: string;
  readonly email?: string | undefined;
}

/**
 * Makes an account and its namespace `users/<handle>`. Open to everyone unless the operator closed it. An address gets
 * a letter and counts for nothing until it is confirmed.
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
  const { email } = input;
  const user = {
    ...account,
    passwordHash: await hashPassword(input.password),
    namespaceId: crypto.randomUUID(),
    email,
    at: new Date(ctx.now()),
  };
  try {
    await insertAccount(ctx.db, user, email === undefined ? undefined : await confirmation(ctx, account, email));
  } catch (cause) {
    if (!isUniqueViolation(cause)) throw cause;
    throw new RegistryError("name_taken", `The handle "${handle}" is taken.`, {
      cause,
      suggestions: ["Choose another handle."],
    });
  }
  ctx.log.info("auth.sign_up", { user: account.id, handle });
  if (email !== undefined) ctx.afterwards(deliverMails(ctx));
  return account;
}

/** A token that proves the address, and the letter that takes it there. */
export async function confirmation(
  { settings: { service } }: Pick<Context, "settings">,
  { id: userId, handle }: Pick<Account, "id" | "handle">,
  email: string,
) {
  const token = makeSecret("verify-email");
  const hash = await secretHash(token);
  return {
    token: { hash, userId, purpose: "verify-email" as const, email },
    mail: { userId, to: email, letter: verificationLetter({ service, handle }, token) },
  };
}
