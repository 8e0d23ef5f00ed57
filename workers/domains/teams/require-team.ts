import { RegistryError } from "../../../core/errors.ts";
import { type ArtifactName, parseArtifactName, type NamespaceKind } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { type NamespaceRecord, requireRole, type Role } from "../namespaces/index.ts";
import { findTeam, type TeamRecord } from "./store.ts";

/** Names of teams follow the rules of artifact names, so they can stand in an address. Errors: `name_invalid`. */
export function parseTeamName(text: string): string {
  if (text.length <= 64) return parseArtifactName(text);
  throw new RegistryError("name_invalid", "A team's name has at most 64 characters.", {
    suggestions: ["Choose a shorter one."],
  });
}

/** An organisation in which the caller holds the role. Errors: those of `requireRole`, `unsupported` for a user's namespace. */
export async function requireOrganization(
  ctx: Context,
  handle: string,
  role: Role,
  scope: "read" | "admin",
): Promise<NamespaceRecord> {
  return requireRole(ctx, "orgs" satisfies NamespaceKind, handle, role, scope);
}

/** A team of an organisation in which the caller holds the role. Errors: those of `requireRole`, `name_unknown`. */
export async function requireTeam(
  ctx: Context,
  handle: string,
  name: string,
  role: Role,
  scope: "read" | "admin",
): Promise<{ namespace: NamespaceRecord; team: TeamRecord }> {
  const namespace = await requireOrganization(ctx, handle, role, scope);
  const team = await findTeam(ctx.db, namespace.id, parseTeamName(name));
  if (team) return { namespace, team };
  throw new RegistryError("name_unknown", `orgs/${handle} has no team "${name}".`, {
    suggestions: ["List the teams: gati team list."],
  });
}

/** What a grant is for: an artifact's name, or everything. */
export const grantPlace = (artifact: string | undefined): ArtifactName | "" =>
  artifact === undefined ? "" : parseArtifactName(artifact);
