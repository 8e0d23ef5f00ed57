import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { grantPlace, requireTeam } from "./require-team.ts";
import { setGrant, type TeamRole } from "./store.ts";

/**
 * Lets a team read, write or administer one artifact, which need not exist yet, or the whole organisation when none is
 * named; null takes that away. Needs the role admin, more than which cannot be granted, and the scope admin.
 * Errors: those of `requireTeam`, `name_invalid`.
 */
export async function grantToTeam(
  ctx: Context,
  handle: string,
  name: string,
  artifact: string | undefined,
  role: TeamRole | null,
): Promise<void> {
  const { namespace, team } = await requireTeam(ctx, handle, name, "admin", "admin");
  const place = grantPlace(artifact);
  const target = `orgs/${handle}/teams/${team.name}`;
  const action = role === null ? "team.grant_removed" : "team.granted";
  const on = place === "" ? `orgs/${handle}` : `orgs/${handle}/${place}`;
  const note = auditNote(ctx, { namespaceId: namespace.id }, action, target, { on, role });
  await setGrant(ctx.db, team.id, place, role, note);
  ctx.afterwards(sealAudit(ctx, note));
}
