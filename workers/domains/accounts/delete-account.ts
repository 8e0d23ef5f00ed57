import { RegistryError } from "../../../core/errors.ts";
import { namespacePath } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { deliverMails } from "../mail/index.ts";
import { confirmedAccount } from "./confirm-password.ts";
import { removePerson, soleOwnerships } from "./departure.ts";
import { accountDeletedLetter } from "./letters.ts";

/**
 * Deletes the caller's account: password, address, keys, sessions and memberships go. The handle stays taken for ever,
 * and public versions stay, because others depend on them. Needs the scope `admin` and the password.
 * Errors: those of `confirmedAccount`, `denied` for the last owner of an organisation and for the last operator.
 */
export async function deleteAccount(ctx: Context, password: string): Promise<void> {
  const { account } = await confirmedAccount(ctx, password);
  const { id: userId, handle, email, emailVerifiedAt } = account;
  const letter = accountDeletedLetter({ service: ctx.settings.service, handle });
  const farewell = email !== null && emailVerifiedAt !== null ? { userId, to: email, letter } : undefined;
  const now = ctx.now();
  const audit = auditNote(ctx, { handle }, "account.deleted", handle);
  const departure = await removePerson(ctx.db, { userId, handle }, farewell, new Date(now), audit);
  if (departure.kind === "refused") throw await whyNot(ctx, userId);
  for (const id of departure.sessions) ctx.revoked.add(id, now);
  ctx.reads.forget(namespacePath("users", handle));
  ctx.afterwards(sealAudit(ctx, audit));
  ctx.log.info("account.deleted", { user: userId, handle });
  if (farewell) ctx.afterwards(deliverMails(ctx));
}

async function whyNot(ctx: Context, userId: string): Promise<RegistryError> {
  const organizations = await soleOwnerships(ctx.db, userId);
  if (organizations.length === 0) {
    return new RegistryError("denied", "You are the only operator of this registry.", {
      suggestions: ["Make another operator account first."],
    });
  }
  const names = organizations.map((handle) => `orgs/${handle}`);
  return new RegistryError("denied", `You are the only owner of ${names.join(", ")}.`, {
    details: { organizations: names },
    suggestions: [`Make somebody else an owner first: PUT /api/v1/namespaces/${names[0]}/members/{handle}.`],
  });
}
