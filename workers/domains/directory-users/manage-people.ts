import { RegistryError } from "../../../core/errors.ts";
import { namespacePath } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { sealAudit } from "../audit/index.ts";
import { isUniqueViolation } from "../auth/index.ts";
import { type Directory, directoryNote } from "../sso/index.ts";
import type { Person, PersonAttributes, PersonFilter } from "./person.ts";
import {
  accountKnownAs,
  endPerson,
  findPerson,
  findPersonOf,
  findUntold,
  insertPerson,
  listPeople,
  updatePerson,
} from "./store.ts";

const taken = (cause?: unknown) =>
  new RegistryError("already_done", "The directory has a person with this userName or externalId already.", {
    cause,
    suggestions: ["Look them up with a filter, and change them."],
  });

const targetOf = ({ sso }: Directory) => `orgs/${sso.handle}`;

/** People of the directory. Needs its token, as every verb here: `Directory` is made from one. */
export function findPeople(
  ctx: Context,
  { sso }: Directory,
  filters: readonly PersonFilter[],
  page: { readonly offset: number; readonly limit: number },
) {
  return listPeople(ctx.db, sso.namespaceId, filters, page);
}

/** One person of this directory and no other. Errors: `name_unknown`. */
export async function readPerson(ctx: Context, { sso }: Directory, id: string): Promise<Person> {
  const person = await findPerson(ctx.db, sso.namespaceId, id);
  if (person) return person;
  throw new RegistryError("name_unknown", "The directory has no such person.", {
    suggestions: ["Look them up with a filter: userName eq or externalId eq."],
  });
}

/**
 * Adds a person. An account is theirs only when it came through the organisation's own provider under this name, now or
 * before; no address makes somebody's account theirs. Errors: `already_done`.
 */
export async function createPerson(ctx: Context, directory: Directory, given: PersonAttributes): Promise<Person> {
  const { sso } = directory;
  const untold = await findUntold(ctx.db, sso, given);
  if (untold) return changePerson(ctx, directory, untold, given);
  const id = crypto.randomUUID();
  const known = await accountKnownAs(ctx.db, sso, given);
  const isFree = known !== undefined && !(await findPersonOf(ctx.db, sso.namespaceId, known));
  const userId = isFree ? known : null;
  const at = new Date(ctx.now());
  const details = { person: id, userName: given.userName, externalId: given.externalId, active: given.active };
  const note = directoryNote(ctx, directory, "directory.person_added", targetOf(directory), details);
  try {
    await insertPerson(ctx.db, sso, { ...given, id, provisioned: true, userId }, at, note);
  } catch (cause) {
    throw isUniqueViolation(cause) ? taken(cause) : cause;
  }
  ctx.afterwards(sealAudit(ctx, note));
  return readPerson(ctx, directory, id);
}

/**
 * Changes what the directory says of a person. Becoming inactive ends their membership, their places in teams and the
 * sessions that came through the organisation's sign-in; becoming active again makes them a member anew.
 * Errors: `already_done`, `denied` with `details.lastOwner` when the organisation would be left without an owner.
 */
export async function changePerson(
  ctx: Context,
  directory: Directory,
  person: Person,
  next: PersonAttributes,
): Promise<Person> {
  const at = new Date(ctx.now());
  const details = { person: person.id, userName: next.userName, externalId: next.externalId, active: next.active };
  const action = next.active || !person.active ? "directory.person_changed" : "directory.person_ended";
  const note = directoryNote(ctx, directory, action, targetOf(directory), details);
  try {
    if (next.active) await updatePerson(ctx.db, directory.sso, person, next, at, note);
    else await end(ctx, directory, person, next, note);
  } catch (cause) {
    throw isUniqueViolation(cause) ? taken(cause) : cause;
  }
  ctx.afterwards(sealAudit(ctx, note));
  return readPerson(ctx, directory, person.id);
}

/** Forgets a person and ends their place as `changePerson` does. The account stays. Errors: `name_unknown`, `denied`. */
export async function deletePerson(ctx: Context, directory: Directory, id: string): Promise<void> {
  const person = await readPerson(ctx, directory, id);
  const { userName, externalId } = person;
  const details = { person: id, userName, externalId };
  const note = directoryNote(ctx, directory, "directory.person_removed", targetOf(directory), details);
  await end(ctx, directory, person, null, note);
  ctx.afterwards(sealAudit(ctx, note));
}

async function end(
  ctx: Context,
  { sso }: Directory,
  person: Person,
  next: PersonAttributes | null,
  note: ReturnType<typeof directoryNote>,
): Promise<void> {
  const now = ctx.now();
  const outcome = await endPerson(ctx.db, sso, person, next, new Date(now), note);
  if (outcome.kind === "last-owner") {
    throw new RegistryError("denied", "This person is the organisation's last owner, and an organisation keeps one.", {
      details: { lastOwner: true },
      suggestions: ["Make another member an owner first: gati org set-role."],
    });
  }
  for (const id of outcome.sessions) ctx.revoked.add(id, now);
  ctx.reads.forget(namespacePath("orgs", sso.handle));
  ctx.log.info("directory.person_ended", { namespace: sso.namespaceId, sessions: outcome.sessions.length });
}
