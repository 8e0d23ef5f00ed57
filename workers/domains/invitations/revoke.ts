import { RegistryError } from "../../../core/errors.ts";
import type { NamespaceKind } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { requireRole } from "../namespaces/index.ts";
import { deleteExpiredInvitations, deleteInvitation, openInvitations } from "./store.ts";

/** Open invitations of a namespace. Needs the role admin. Errors: those of `requireRole`. */
export async function listInvitations(ctx: Context, kind: NamespaceKind, handle: string) {
  const namespace = await requireRole(ctx, kind, handle, "admin", "read");
  return openInvitations(ctx.db, namespace.id, new Date(ctx.now()));
}

/** Takes an invitation back. Needs the role admin and the scope admin. Errors: those of `requireRole`, `name_unknown`. */
export async function revokeInvitation(ctx: Context, kind: NamespaceKind, handle: string, id: string): Promise<void> {
  const namespace = await requireRole(ctx, kind, handle, "admin", "admin");
  const target = `${kind}/${handle}`;
  const note = auditNote(ctx, { namespaceId: namespace.id }, "invitation.revoked", target, { invitation: id });
  if (!(await deleteInvitation(ctx.db, namespace.id, id, note))) {
    throw new RegistryError("name_unknown", `${target} has no open invitation with this id.`, {
      suggestions: ["List them: gati invitation list."],
    });
  }
  ctx.afterwards(sealAudit(ctx, note));
}

/** Forgets invitations that nobody answered. */
export async function pruneInvitations(ctx: Pick<Context, "db" | "now">): Promise<void> {
  await deleteExpiredInvitations(ctx.db, new Date(ctx.now()));
}
