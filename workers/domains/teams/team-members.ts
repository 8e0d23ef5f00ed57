import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { memberOf } from "../namespaces/index.ts";
import { requireTeam } from "./require-team.ts";
import { addTeamMember, removeTeamMember } from "./store.ts";

/**
 * Puts somebody into a team who belongs to the organisation already; everybody else is invited. Needs the role admin and
 * the scope admin. Errors: those of `requireTeam`, `denied` for somebody who does not belong to it.
 */
export async function putTeamMember(ctx: Context, handle: string, name: string, member: string): Promise<void> {
  const { namespace, team } = await requireTeam(ctx, handle, name, "admin", "admin");
  const userId = await memberOf(ctx, member);
  const target = `orgs/${handle}/teams/${team.name}`;
  const note = auditNote(ctx, { namespaceId: namespace.id }, "team.member_added", target, { member });
  const place = { namespaceId: namespace.id, teamId: team.id, userId, at: ctx.now() };
  if (!(await addTeamMember(ctx.db, place, note))) {
    throw new RegistryError("denied", `${member} does not belong to orgs/${handle}.`, {
      suggestions: [`Invite them into the team: gati invitation create orgs/${handle} ${member} --team ${team.name}.`],
    });
  }
  ctx.afterwards(sealAudit(ctx, note));
}

/**
 * Takes somebody out of a team. Needs the role admin and the scope admin.
 * Errors: those of `requireTeam`, `name_unknown`.
 */
export async function deleteTeamMember(ctx: Context, handle: string, name: string, member: string): Promise<void> {
  const { namespace, team } = await requireTeam(ctx, handle, name, "admin", "admin");
  const userId = await memberOf(ctx, member);
  const target = `orgs/${handle}/teams/${team.name}`;
  const note = auditNote(ctx, { namespaceId: namespace.id }, "team.member_removed", target, { member });
  if (!(await removeTeamMember(ctx.db, team.id, userId, note))) {
    throw new RegistryError("name_unknown", `"${member}" is not in the team.`, {
      suggestions: ["Show the team first: gati team show."],
    });
  }
  ctx.afterwards(sealAudit(ctx, note));
}
