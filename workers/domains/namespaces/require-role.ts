import { RegistryError } from "../../../core/errors.ts";
import { parseHandle, type NamespaceKind } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { requireUser, type Scope } from "../auth/index.ts";
import { unknownName } from "./access.ts";
import { findNamespace, type NamespaceRecord, type Role } from "./store.ts";

const order: readonly Role[] = ["read", "write", "admin", "owner"];

/** A namespace that the caller may see: public, or one they are a member of. Errors: `name_invalid`, `name_unknown`. */
export async function visibleNamespace(
  ctx: Context,
  kind: NamespaceKind,
  handleText: string,
): Promise<NamespaceRecord> {
  const handle = parseHandle(handleText);
  const userId = ctx.actor.kind === "user" ? ctx.actor.userId : null;
  const found = await findNamespace(ctx.db, kind, handle, userId);
  if (!found || (found.visibility === "private" && found.role === null)) throw unknownName(`${kind}/${handle}`);
  return found;
}

/**
 * A namespace in which the caller holds at least `role`, with a credential of the scope.
 * Errors: `name_unknown`, `unauthenticated`, `insufficient_scope`, `denied`.
 */
export async function requireRole(
  ctx: Context,
  kind: NamespaceKind,
  handle: string,
  role: Role,
  scope: Scope,
): Promise<NamespaceRecord> {
  requireUser(ctx.actor, scope);
  const namespace = await visibleNamespace(ctx, kind, handle);
  if (namespace.role === null || order.indexOf(namespace.role) < order.indexOf(role)) {
    throw new RegistryError("denied", `This needs the role "${role}" in ${kind}/${handle}.`, {
      details: { needed: role, held: namespace.role },
      suggestions: ["Ask an owner of the namespace."],
    });
  }
  return namespace;
}
