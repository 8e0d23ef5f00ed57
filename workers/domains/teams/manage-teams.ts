import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { isUniqueViolation } from "../auth/index.ts";
import { parseTeamName, requireOrganization, requireTeam } from "./require-team.ts";
import { deleteTeam, findTeams, insertTeam, renameTeam, teamContent, type TeamRecord } from "./store.ts";

/** Teams of one organisation. */
const maxTeams = 500;

function nameTaken(name: string, cause: unknown): unknown {
  if (!isUniqueViolation(cause)) return cause;
  return new RegistryError("already_done", `There is a team "${name}" already.`, {
    cause,
    suggestions: ["Choose another name."],
  });
}

/** Teams of an organisation. Needs the role read in it. Errors: those of `requireRole`. */
export async function listTeams(ctx: Context, handle: string) {
  const namespace = await requireOrganization(ctx, handle, "read", "read");
  return findTeams(ctx.db, namespace.id);
}

/** A team with its members and grants. Needs the role read. Errors: those of `requireRole`, `name_unknown`. */
export async function readTeam(ctx: Context, handle: string, name: string) {
  const { team } = await requireTeam(ctx, handle, name, "read", "read");
  return { ...team, ...(await teamContent(ctx.db, team.id)) };
}

/** Makes a team. Needs the role admin and the scope admin. Errors: `name_invalid`, `already_done`, those of `requireRole`. */
export async function createTeam(ctx: Context, handle: string, nameText: string): Promise<TeamRecord> {
  const namespace = await requireOrganization(ctx, handle, "admin", "admin");
  const name = parseTeamName(nameText);
  const team = { id: crypto.randomUUID(), name, createdAt: new Date(ctx.now()) };
  const note = auditNote(ctx, { namespaceId: namespace.id }, "team.created", `orgs/${handle}/teams/${name}`);
  const made = await insertTeam(ctx.db, { ...team, namespaceId: namespace.id }, maxTeams, note).catch((cause) => {
    throw nameTaken(name, cause);
  });
  if (!made) {
    throw new RegistryError("denied", `An organisation has at most ${maxTeams} teams.`, {
      suggestions: ["Delete those that are not needed any more."],
    });
  }
  ctx.afterwards(sealAudit(ctx, note));
  return team;
}

/** Gives a team another name. Needs the role admin and the scope admin. Errors as `createTeam`. */
export async function changeTeamName(
  ctx: Context,
  handle: string,
  oldName: string,
  nameText: string,
): Promise<TeamRecord> {
  const { namespace, team } = await requireTeam(ctx, handle, oldName, "admin", "admin");
  const name = parseTeamName(nameText);
  const target = `orgs/${handle}/teams/${team.name}`;
  const note = auditNote(ctx, { namespaceId: namespace.id }, "team.renamed", target, { name });
  await renameTeam(ctx.db, team.id, name, note).catch((cause) => {
    throw nameTaken(name, cause);
  });
  ctx.afterwards(sealAudit(ctx, note));
  return { ...team, name };
}

/** Deletes a team: what it granted ends at once. Needs the role admin and the scope admin. Errors: those of `requireTeam`. */
export async function removeTeam(ctx: Context, handle: string, name: string): Promise<void> {
  const { namespace, team } = await requireTeam(ctx, handle, name, "admin", "admin");
  const note = auditNote(ctx, { namespaceId: namespace.id }, "team.deleted", `orgs/${handle}/teams/${team.name}`);
  await deleteTeam(ctx.db, team.id, note);
  ctx.afterwards(sealAudit(ctx, note));
}
