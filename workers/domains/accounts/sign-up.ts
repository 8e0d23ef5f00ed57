import { RegistryError } from "../../../core/errors.ts";
import { parseHandle } from "../../../core/identifiers.ts";
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
import { type AuditNote, auditNote, sealAudit } from "../audit/index.ts";
import { deliverMails } from "../mail/index.ts";
import { assertHandleClaimable, confusableHandle, isConfusableHandle } from "../names/index.ts";
import { verificationLetter } from "./letters.ts";
import { insertAccount } from "./store.ts";

export interface SignUpInput {
  readonly handle: string;
  readonly password: string;
  readonly email?: string | undefined;
}

/** Somebody whom a provider vouched for. */
export interface IdentitySignUp {
  readonly handle: string;
  readonly identity: {
    readonly issuer: string;
    readonly subject: string;
    readonly name: string | null;
    /** Verified by the provider: it counts as confirmed. */
    readonly email: string | null;
  };
}

/**
 * Makes an account and its namespace `users/<handle>`. Open to everyone unless the operator closed it. An address gets
 * a letter and counts for nothing until it is confirmed.
 * Errors: `denied` when sign-up is closed, `name_invalid`, `name_confusable`, `name_taken` (also when two people ask at once: one wins), `invalid_request`, `rate_limited`.
 */
export async function signUp(ctx: Context, input: SignUpInput, operator = false): Promise<Account> {
  if (!operator && !ctx.settings.openSignUp) {
    throw new RegistryError("denied", "This registry does not take new accounts.", {
      suggestions: ["Ask its operator for one."],
    });
  }
  assertAcceptablePassword(input.password);
  const account = await newAccount(ctx, input.handle, operator);
  const { email } = input;
  const user = {
    ...account,
    passwordHash: await hashPassword(input.password),
    namespaceId: crypto.randomUUID(),
    email,
    at: new Date(ctx.now()),
  };
  const confirm = email === undefined ? undefined : await confirmation(ctx, account, email);
  const audit = madeNote(ctx, account, { operator });
  await claim(ctx, account, insertAccount(ctx.db, user, { confirm, audit }));
  if (email !== undefined) ctx.afterwards(deliverMails(ctx));
  return account;
}

/**
 * Makes an account without a password for somebody whom a provider vouched for; whether they may have one the caller has
 * judged. Errors: `name_invalid`, `name_taken`, `already_done` when the identity has an account meanwhile, `rate_limited`.
 */
export async function signUpWithIdentity(ctx: Context, { handle, identity }: IdentitySignUp): Promise<Account> {
  const account = await newAccount(ctx, handle, false);
  const at = new Date(ctx.now());
  const { issuer, subject, name, email } = identity;
  const user = { ...account, passwordHash: "", namespaceId: crypto.randomUUID(), email: undefined, at };
  const link = { issuer, subject, name, email, userId: account.id, linkedAt: at, lastUsedAt: at };
  const audit = madeNote(ctx, account, { issuer, subject });
  await claim(ctx, account, insertAccount(ctx.db, user, { link, confirmed: email ?? undefined, audit }));
  return account;
}

/** An account that may be made, counted for whoever asks. */
async function newAccount(ctx: Context, wanted: string, operator: boolean): Promise<Account> {
  const handle = parseHandle(wanted);
  // The operator runs the installation and may use a reserved name.
  if (!operator) await assertHandleClaimable(ctx, handle);
  if (!operator && ctx.address !== undefined) assertTaken(await ctx.limiter.take("sign-up", ctx.address));
  return { id: crypto.randomUUID(), handle, operator };
}

/** The first entry of the account's own log. */
function madeNote(ctx: Context, { id, handle }: Account, details: AuditNote["record"]["details"]): AuditNote {
  return auditNote(ctx, { handle }, "account.created", handle, details, { kind: "user", id, handle });
}

/** Of two people who want one handle, or of one who asks twice, one wins. */
async function claim(ctx: Context, { id, handle }: Account, insertion: Promise<void>): Promise<void> {
  try {
    await insertion;
  } catch (cause) {
    if (isConfusableHandle(cause)) throw await confusableHandle(ctx, handle);
    if (!isUniqueViolation(cause)) throw cause;
    if (isUniqueViolation(cause, "identities.")) {
      throw new RegistryError("already_done", "There is an account for this sign-in already.", {
        cause,
        suggestions: ["Sign in with the provider again."],
      });
    }
    throw new RegistryError("name_taken", `The handle "${handle}" is taken.`, {
      cause,
      suggestions: ["Choose another handle."],
    });
  }
  ctx.afterwards(sealAudit(ctx, { handle }));
  ctx.log.info("auth.sign_up", { user: id, handle });
}

/** A token that proves the address, and the letter that takes it there. */
export async function confirmation(
  { settings: { service, publicOrigin: pages } }: Pick<Context, "settings">,
  { id: userId, handle }: Pick<Account, "id" | "handle">,
  email: string,
) {
  const token = makeSecret("verify-email");
  const hash = await secretHash(token);
  return {
    token: { hash, userId, purpose: "verify-email" as const, email },
    mail: { userId, to: email, letter: verificationLetter({ service, handle, pages }, token) },
  };
}
