import { RegistryError } from "../../../core/errors.ts";
import { parseArtifactName } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { sealAudit } from "../audit/index.ts";
import { isUniqueViolation } from "../auth/index.ts";
import { type Directory, directoryNote } from "../sso/index.ts";
import { type Group, type GroupFilter, teamNameOf } from "./group.ts";
import {
  countPeople,
  deleteGroup,
  findGroup,
  type GroupChange,
  insertGroup,
  listGroups,
  membersOfGroups,
  updateGroup,
} from "./store.ts";

/** Teams of one organisation, those of its directory among them. */
const maxTeams = 500;
/** People that an answer lists, and that one request may name. */
const maxMembers = 10_000;

export interface GroupWithMembers extends Group {
  readonly members: readonly { readonly id: string; readonly userName: string }[];
}

const targetOf = ({ sso }: Directory, group: Pick<Group, "displayName">) =>
  `orgs/${sso.handle}/teams/${teamNameOf(group.displayName) ?? ""}`;

async function withMembers(ctx: Context, groups: readonly Group[]): Promise<GroupWithMembers[]> {
  const found = await membersOfGroups(
    ctx.db,
    groups.map(({ id }) => id),
    maxMembers,
  );
  return groups.map((group) => ({
    ...group,
    members: found.filter((one) => one.group === group.id).map(({ person, userName }) => ({ id: person, userName })),
  }));
}

/** Groups of the directory: the teams that it made, no others. Needs its token, as every verb here. */
export async function findGroups(
  ctx: Context,
  { sso }: Directory,
  filters: readonly GroupFilter[],
  page: { readonly offset: number; readonly limit: number; readonly members: boolean },
): Promise<{ groups: GroupWithMembers[]; total: number }> {
  const { groups, total } = await listGroups(ctx.db, sso.namespaceId, filters, page);
  const shown = page.members ? await withMembers(ctx, groups) : groups.map((one) => ({ ...one, members: [] }));
  return { groups: shown, total };
}

/** One group of this directory and no other. Errors: `name_unknown`. */
export async function readGroup(ctx: Context, { sso }: Directory, id: string): Promise<GroupWithMembers> {
  const group = await findGroup(ctx.db, sso.namespaceId, id);
  if (!group) {
    throw new RegistryError("name_unknown", "The directory has no such group.", {
      suggestions: ["Look it up with a filter: displayName eq."],
    });
  }
  return (await withMembers(ctx, [group]))[0] as GroupWithMembers;
}

function teamOf(displayName: string): string {
  const team = teamNameOf(displayName);
  if (team !== undefined) return parseArtifactName(team);
  throw new RegistryError("invalid_request", "The group's name has no letter a to z and no digit.", {
    suggestions: ["Give the group another displayName."],
  });
}

async function assertPeople(ctx: Context, { sso }: Directory, people: readonly string[]): Promise<void> {
  const distinct = [...new Set(people)];
  if (distinct.length <= maxMembers && (await countPeople(ctx.db, sso.namespaceId, distinct)) === distinct.length)
    return;
  throw new RegistryError("invalid_request", "The group would hold people whom this directory does not have.", {
    suggestions: ["Provision them first, and name them by their id here."],
  });
}

const taken = (cause: unknown) =>
  isUniqueViolation(cause)
    ? new RegistryError("already_done", "There is a team of this name, or a group with this externalId, already.", {
        cause,
        suggestions: ["Choose another name: a directory takes over no team that it did not make."],
      })
    : cause;

/**
 * Makes a group with its team. What the team may do the organisation's admins say: a directory grants nothing, and takes
 * over no team that is there already. Errors: `already_done`, `invalid_request`, `denied`.
 */
export async function createGroup(
  ctx: Context,
  directory: Directory,
  given: { readonly displayName: string; readonly externalId: string | null; readonly members: readonly string[] },
): Promise<GroupWithMembers> {
  const { displayName, externalId, members } = given;
  const team = teamOf(displayName);
  await assertPeople(ctx, directory, members);
  const at = new Date(ctx.now());
  const group = { id: crypto.randomUUID(), displayName, externalId, createdAt: at, updatedAt: at };
  const note = directoryNote(ctx, directory, "team.created", targetOf(directory, group), { group: group.id });
  const { namespaceId } = directory.sso;
  const made = await insertGroup(ctx.db, { ...group, namespaceId, team }, maxTeams, note).catch((cause) => {
    throw taken(cause);
  });
  if (!made) {
    throw new RegistryError("denied", `An organisation has at most ${maxTeams} teams.`, {
      suggestions: ["Delete those that are not needed any more."],
    });
  }
  ctx.afterwards(sealAudit(ctx, note));
  if (members.length > 0) await changeGroup(ctx, directory, group.id, { add: members });
  return readGroup(ctx, directory, group.id);
}

/** Changes a group's name or people, and its team with it. Errors: `name_unknown`, `already_done`, `invalid_request`. */
export async function changeGroup(
  ctx: Context,
  directory: Directory,
  id: string,
  change: Omit<GroupChange, "name"> & { readonly displayName?: string | undefined },
): Promise<GroupWithMembers> {
  const group = await readGroup(ctx, directory, id);
  const { displayName, ...rest } = change;
  const { add = [], remove = [], only } = rest;
  await assertPeople(ctx, directory, [...add, ...(only ?? [])]);
  const name = displayName === undefined ? undefined : { displayName, team: teamOf(displayName) };
  const details = { group: id, add: [...add], remove: [...remove], ...(only ? { only: [...only] } : {}) };
  const named = name ? { displayName: name.displayName } : {};
  const note = directoryNote(ctx, directory, "team.changed", targetOf(directory, group), { ...details, ...named });
  const whole = { ...rest, ...(name ? { name } : {}) };
  await updateGroup(ctx.db, directory.sso.namespaceId, id, whole, new Date(ctx.now()), note).catch((cause) => {
    throw taken(cause);
  });
  ctx.afterwards(sealAudit(ctx, note));
  return readGroup(ctx, directory, id);
}

/** Deletes a group with its team: what that granted ends at once. Errors: `name_unknown`. */
export async function removeGroup(ctx: Context, directory: Directory, id: string): Promise<void> {
  const group = await readGroup(ctx, directory, id);
  const note = directoryNote(ctx, directory, "team.deleted", targetOf(directory, group), { group: id });
  await deleteGroup(ctx.db, directory.sso.namespaceId, id, note);
  ctx.afterwards(sealAudit(ctx, note));
}
