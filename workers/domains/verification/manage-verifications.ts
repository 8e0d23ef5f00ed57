import { RegistryError } from "../../../core/errors.ts";
import { type NamespaceKind, namespacePath } from "../../../core/identifiers.ts";
import { parseSubject, type ProofKind } from "../../../core/verification/proof.ts";
import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { requireScope } from "../auth/index.ts";
import { type NamespaceRecord, requireRole } from "../namespaces/index.ts";
import { settle } from "./settle.ts";
import { lookForProof } from "./look-for-proof.ts";
import { deleteVerification, findVerification, listVerifications, startRow, type VerificationRecord } from "./store.ts";

/** More than any publisher has; what waits for a proof counts too. */
const mostPerNamespace = 20;

/**
 * Begins to prove that a namespace is a domain's or a GitHub account's, and says what to publish there. Asking again answers
 * the same as long as it is under way; one that ended, or was removed, begins anew with another token. Needs the role admin
 * and the scope admin. Errors: `invalid_request`, those of `requireRole`, `denied` at the limit.
 */
export async function startVerification(
  ctx: Context,
  kind: NamespaceKind,
  handle: string,
  wanted: { readonly kind: ProofKind; readonly subject: string },
): Promise<VerificationRecord> {
  const { userId } = requireScope(ctx.actor, "admin");
  const namespace = await requireRole(ctx, kind, handle, "admin", "admin");
  const subject = parseSubject(wanted.kind, wanted.subject);
  const row = {
    id: crypto.randomUUID(),
    namespaceId: namespace.id,
    ...subject,
    token: crypto.getRandomValues(Buffer.alloc(24)).toString("base64url"),
    state: "pending" as const,
    startedBy: userId,
    startedAt: new Date(ctx.now()),
  };
  const note = auditNote(ctx, { namespaceId: namespace.id }, "verification.started", `${kind}/${handle}`, {
    ...subject,
  });
  const started = await startRow(ctx.db, row, mostPerNamespace, note);
  if (!started) {
    throw new RegistryError("denied", `A namespace proves at most ${mostPerNamespace} things.`, {
      suggestions: ["Remove one that is not needed any more."],
    });
  }
  ctx.afterwards(sealAudit(ctx, note));
  return started;
}

/** What a namespace has proved, wants to prove, and has proved no longer. Needs the role read and the scope read. */
export async function verificationsOf(ctx: Context, kind: NamespaceKind, handle: string) {
  const namespace = await requireRole(ctx, kind, handle, "read", "read");
  return listVerifications(ctx.db, namespace.id);
}

async function ownVerification(ctx: Context, namespace: NamespaceRecord, id: string): Promise<VerificationRecord> {
  const found = await findVerification(ctx.db, namespace.id, id);
  if (found) return found;
  throw new RegistryError("name_unknown", "There is no such verification.", { suggestions: ["List them first."] });
}

/**
 * Looks for the proof now. The answer is how it stands then; a proof that is not there is no error, and does not count
 * against one that was there: only the schedule's checks do. Needs the role admin and the scope admin.
 * Errors: those of `requireRole`, `name_unknown`.
 */
export async function checkVerification(ctx: Context, kind: NamespaceKind, handle: string, id: string) {
  const namespace = await requireRole(ctx, kind, handle, "admin", "admin");
  const row = await ownVerification(ctx, namespace, id);
  if (row.state === "ended") {
    throw new RegistryError("denied", "This verification has ended, and its token with it.", {
      suggestions: ["Start it again for another token."],
    });
  }
  const found = await lookForProof(ctx, row);
  await settle(ctx, { ...row, namespaceKind: kind, handle: namespace.handle }, found, "asked");
  return { ...(await ownVerification(ctx, namespace, id)), finding: found.finding };
}

/** Takes a verification away; the badge goes with it, and its token is good for nothing any more. As `checkVerification`. */
export async function removeVerification(ctx: Context, kind: NamespaceKind, handle: string, id: string): Promise<void> {
  const namespace = await requireRole(ctx, kind, handle, "admin", "admin");
  const { subject, kind: proof } = await ownVerification(ctx, namespace, id);
  const note = auditNote(ctx, { namespaceId: namespace.id }, "verification.removed", `${kind}/${handle}`, {
    kind: proof,
    subject,
  });
  await deleteVerification(ctx.db, namespace.id, id, note).finally(() =>
    ctx.reads.forget(namespacePath(kind, namespace.handle)),
  );
  ctx.afterwards(sealAudit(ctx, note));
}
