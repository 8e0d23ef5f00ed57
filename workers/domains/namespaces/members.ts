import { RegistryError } from "../../../core/errors.ts";
import { type NamespaceKind, parseHandle } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { findUser, requireScope } from "../auth/index.ts";
import { requireRole, visibleNamespace } from "./require-role.ts";
import type { Role } from "./roles.ts";
import { changeRole, listMembers, type MemberOutcome, removeMember } from "./store.ts";

/** Id of the user with this handle. Errors: `name_invalid`, `name_unknown`. */
export async function memberOf(ctx: Context, handleText: string): Promise<string> {
  const user = await findUser(ctx.db, parseHandle(handleText));
  if (user) return user.id;
  throw new RegistryError("name_unknown", `There is no user "${handleText}".`, {
    suggestions: ["Check the spelling."],
  });
}

/** Lists members to members. */
export async function membersOf(ctx: Context, kind: NamespaceKind, handle: string) {
  const namespace = await requireRole(ctx, kind, handle, "read", "read");
  return listMembers(ctx.db, namespace.id);
}

/**
 * Changes the role of a member. Nobody is added by it: people are invited, and become members when they accept. Needs the
 * role admin; only an owner makes or unmakes owners.
 * Errors: those of `requireRole`, `name_unknown`, `denied` (also when the last owner would be lost).
 */
export async function putMember(
  ctx: Context,
  kind: NamespaceKind,
  handle: string,
  member: string,
  role: Role,
): Promise<void> {
  const { userId: by } = requireScope(ctx.actor, "admin");
  const namespace = await requireRole(ctx, kind, handle, "admin", "admin");
  const userId = await memberOf(ctx, member);
  const note = auditNote(ctx, { namespaceId: namespace.id }, "member.set", `${kind}/${handle}`, { member, role });
  const outcome = await changeRole(ctx.db, { namespaceId: namespace.id, userId, by }, role, note);
  if (outcome === "unknown") {
    throw new RegistryError(
      "denied",
      `${member} is not a member of ${kind}/${handle} and has to agree to become one.`,
      {
        suggestions: [`Invite them: gati invitation create ${kind}/${handle} ${member} --role ${role}.`],
      },
    );
  }
  assertDone(outcome, member);
  ctx.afterwards(sealAudit(ctx, note));
  ctx.log.info("namespace.member_set", { namespace: namespace.id, member: userId, role });
}

/**
 * Takes somebody out of a namespace and all of its teams; everybody may leave, whatever the organisation demands.
 * Errors as `putMember`.
 */
export async function deleteMember(ctx: Context, kind: NamespaceKind, handle: string, member: string): Promise<void> {
  const { userId: by, handle: own } = requireScope(ctx.actor, "admin");
  const leaves = own === member;
  const namespace = await (leaves
    ? visibleNamespace(ctx, kind, handle)
    : requireRole(ctx, kind, handle, "admin", "admin"));
  const userId = await memberOf(ctx, member);
  const note = auditNote(ctx, { namespaceId: namespace.id }, "member.removed", `${kind}/${handle}`, { member });
  const outcome = namespace.belongs
    ? await removeMember(ctx.db, { namespaceId: namespace.id, userId, by }, note)
    : "unknown";
  assertDone(outcome, member);
  ctx.afterwards(sealAudit(ctx, note));
  ctx.log.info("namespace.member_removed", { namespace: namespace.id, member: userId });
}

function assertDone(outcome: MemberOutcome, member: string): void {
  if (outcome === "done") return;
  if (outcome === "last-owner") {
    throw new RegistryError("denied", "A namespace always keeps an owner.", {
      suggestions: ["Make another member an owner first."],
    });
  }
  if (outcome === "unknown") {
    throw new RegistryError("name_unknown", `"${member}" is not a member.`, {
      suggestions: ["List the members first."],
    });
  }
  throw new RegistryError("denied", "Only an owner makes or removes owners.", { suggestions: ["Ask an owner."] });
}
