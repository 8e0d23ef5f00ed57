import { RegistryError } from "../../../core/errors.ts";
import { type NamespaceKind, parseHandle } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { findUser } from "../auth/index.ts";
import { requireRole } from "./require-role.ts";
import { listMembers, removeMember, type Role, setMember } from "./store.ts";

async function memberOf(ctx: Context, handleText: string): Promise<string> {
  const user = await findUser(ctx.db, parseHandle(handleText));
  if (user) return user.id;
  throw new RegistryError("name_unknown", `There is no user "${handleText}".`, {
    suggestions: ["Check the spelling."],
  });
}

const lastOwner = () =>
  new RegistryError("denied", "A namespace always keeps an owner.", {
    suggestions: ["Make another member an owner first."],
  });

/** Lists members to members. */
export async function membersOf(ctx: Context, kind: NamespaceKind, handle: string) {
  const namespace = await requireRole(ctx, kind, handle, "read", "read");
  return listMembers(ctx.db, namespace.id);
}

/**
 * Adds a member or changes a role. Needs the role admin; only an owner makes or unmakes owners.
 * Errors: `name_unknown`, `denied` (also when the last owner would be lost).
 */
export async function putMember(
  ctx: Context,
  kind: NamespaceKind,
  handle: string,
  member: string,
  role: Role,
): Promise<void> {
  const namespace = await requireRole(ctx, kind, handle, "admin", "admin");
  const userId = await memberOf(ctx, member);
  await onlyOwnersTouchOwners(ctx, kind, handle, member, role);
  if (!(await setMember(ctx.db, { namespaceId: namespace.id, userId, role, at: ctx.now() }))) throw lastOwner();
  ctx.log.info("namespace.member_set", { namespace: namespace.id, member: userId, role });
}

/** Removes a member; everybody may remove themselves. Errors as `putMember`. */
export async function deleteMember(ctx: Context, kind: NamespaceKind, handle: string, member: string): Promise<void> {
  const itself = ctx.actor.kind === "user" && ctx.actor.handle === member;
  const namespace = await requireRole(ctx, kind, handle, itself ? "read" : "admin", "admin");
  const userId = await memberOf(ctx, member);
  if (!itself) await onlyOwnersTouchOwners(ctx, kind, handle, member, undefined);
  const outcome = await removeMember(ctx.db, namespace.id, userId);
  if (outcome === "last-owner") throw lastOwner();
  if (outcome === "unknown") {
    throw new RegistryError("name_unknown", `"${member}" is not a member.`, {
      suggestions: ["List the members first."],
    });
  }
  ctx.log.info("namespace.member_removed", { namespace: namespace.id, member: userId });
}

async function onlyOwnersTouchOwners(
  ctx: Context,
  kind: NamespaceKind,
  handle: string,
  member: string,
  role: Role | undefined,
): Promise<void> {
  const namespace = await requireRole(ctx, kind, handle, "admin", "admin");
  if (namespace.role === "owner") return;
  const current = (await listMembers(ctx.db, namespace.id)).find((one) => one.handle === member)?.role;
  if (role !== "owner" && current !== "owner") return;
  throw new RegistryError("denied", "Only an owner makes or removes owners.", { suggestions: ["Ask an owner."] });
}
