import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { type Account, isUniqueViolation } from "../auth/index.ts";
import { type FoundSso, hasDirectory } from "../sso/index.ts";
import type { Person, ProvidedPerson } from "./person.ts";
import { bindPerson, findExpected, findPersonOf, insertPerson } from "./store.ts";

const refusal = (handle: string, message: string) =>
  new RegistryError("denied", message, {
    suggestions: [`Ask who runs orgs/${handle}.`, "Sign in another way: your account here is your own."],
  });

/**
 * Judges whether somebody whom an organisation's provider vouches for may come in, and finds who they are in its
 * directory. Undefined for somebody new, where the directory does not decide. Errors: `denied`.
 */
export async function judgeEntry(
  ctx: Context,
  sso: FoundSso,
  provided: ProvidedPerson,
  userId: string | undefined,
): Promise<Person | undefined> {
  const { namespaceId, handle, domains } = sso;
  const domain = provided.email?.toLowerCase().split("@").at(-1);
  if (domains && !(domain !== undefined && domains.includes(domain))) {
    throw refusal(handle, `The sign-in of ${handle} takes only people with a verified address of theirs.`);
  }
  const own = userId === undefined ? undefined : await findPersonOf(ctx.db, namespaceId, userId);
  const person = own ?? (await findExpected(ctx.db, sso, provided));
  if (person && !person.active) throw refusal(handle, `${handle} has ended your access.`);
  if (!person && (await hasDirectory(ctx.db, namespaceId))) {
    throw refusal(handle, `The directory of ${handle} does not know you.`);
  }
  return person;
}

/**
 * Lets the account in that has just come through an organisation's provider: the first time it becomes a member, with the
 * role that the organisation gives and in the teams of its groups. Whoever was taken out by an admin since then stays out.
 * Errors: those of `judgeEntry`.
 */
export async function admit(
  ctx: Context,
  sso: FoundSso,
  provided: ProvidedPerson,
  account: Pick<Account, "id" | "handle">,
): Promise<void> {
  const person = await judgeEntry(ctx, sso, provided, account.id);
  if (person?.userId === account.id) return;
  const at = new Date(ctx.now());
  const { namespaceId, handle, role } = sso;
  const details = { member: account.handle, role, subject: provided.subject };
  const by = { kind: "user", ...account } as const;
  const note = auditNote(ctx, { namespaceId }, "member.joined_by_sso", `orgs/${handle}`, details, by);
  const joined = person
    ? await bindPerson(ctx.db, sso, person.id, account.id, at, note)
    : await addNewcomer(ctx, sso, provided, account.id, at, note);
  if (!joined) throw refusal(handle, `Somebody else of ${handle} is called as you are.`);
  ctx.afterwards(sealAudit(ctx, note));
  ctx.log.info("sso.joined", { namespace: namespaceId, user: account.id });
}

async function addNewcomer(
  ctx: Context,
  sso: FoundSso,
  { subject, email = null }: ProvidedPerson,
  userId: string,
  at: Date,
  note: Parameters<typeof insertPerson>[4],
): Promise<boolean> {
  const names = { externalId: null, displayName: null, givenName: null, familyName: null, email };
  const person = { id: crypto.randomUUID(), userName: subject, ...names, active: true, provisioned: false, userId };
  try {
    await insertPerson(ctx.db, sso, person, at, note);
    return true;
  } catch (cause) {
    if (isUniqueViolation(cause)) return false;
    throw cause;
  }
}
