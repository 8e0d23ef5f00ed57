import { RegistryError } from "../../../core/errors.ts";
import {
  type ArtifactName,
  namespacePath,
  type NamespaceKind,
  parseHandle,
  repositoryParts,
} from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { reaches, requireScope, type Scope } from "../auth/index.ts";
import { unknownName } from "./access.ts";
import { includesRole, type Role } from "./roles.ts";
import { standingOf, withheldRole } from "./standing.ts";
import { findNamespace, type NamespaceRecord } from "./store.ts";

/**
 * A namespace that the caller may see: public, or one they belong to. With `artifact` the role is the one to that
 * artifact, and a credential is enough that is narrowed to it. Errors: `name_invalid`, `name_unknown`.
 */
export async function visibleNamespace(
  ctx: Context,
  kind: NamespaceKind,
  handleText: string,
  artifact?: ArtifactName,
): Promise<NamespaceRecord> {
  const handle = parseHandle(handleText);
  const place = artifact ? repositoryParts(kind, handle, artifact).repository : namespacePath(kind, handle);
  const userId = ctx.actor.kind === "user" && reaches(ctx.actor, place) ? ctx.actor.userId : null;
  const found = await findNamespace(ctx.db, kind, handle, userId, artifact);
  if (!found || (found.visibility === "private" && !found.belongs)) throw unknownName(`${kind}/${handle}`);
  const { policy: _policy, hasFactor: _hasFactor, ...namespace } = found;
  return { ...namespace, ...standingOf(ctx, found) };
}

/**
 * A namespace in which the caller holds at least `role`, with a credential of the scope that reaches the namespace or,
 * where only one artifact is concerned, that `artifact`.
 * Errors: `name_unknown`, `unauthenticated`, `insufficient_scope`, `denied`.
 */
export async function requireRole(
  ctx: Context,
  kind: NamespaceKind,
  handle: string,
  role: Role,
  scope: Scope,
  artifact?: ArtifactName,
): Promise<NamespaceRecord> {
  requireScope(ctx.actor, scope);
  const namespace = await visibleNamespace(ctx, kind, handle, artifact);
  if (!includesRole(namespace.role, role)) {
    if (namespace.withheld.length > 0) throw withheldRole(`${kind}/${handle}`, namespace.withheld);
    throw new RegistryError("denied", `This needs the role "${role}" in ${kind}/${handle}.`, {
      details: { needed: role, held: namespace.role },
      suggestions: ["Ask an owner of the namespace."],
    });
  }
  return namespace;
}
