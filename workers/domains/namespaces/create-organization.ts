import { RegistryError } from "../../../core/errors.ts";
import { parseHandle } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { isUniqueViolation, requireUser } from "../auth/index.ts";
import { assertHandleClaimable, confusableHandle, isConfusableHandle } from "../names/index.ts";
import { insertOrganization, type NamespaceRecord } from "./store.ts";

/**
 * Makes the namespace `orgs/<handle>` with the caller as its owner. Needs the scope `admin`.
 * Errors: `name_invalid`, `name_confusable`, `name_taken` (users and organisations share one space of handles).
 */
export async function createOrganization(ctx: Context, handleText: string): Promise<NamespaceRecord> {
  const user = requireUser(ctx.actor, "admin");
  const handle = parseHandle(handleText);
  await assertHandleClaimable(ctx, handle);
  const org = { id: crypto.randomUUID(), handle, ownerId: user.userId, at: new Date(ctx.now()) };
  const note = auditNote(ctx, { namespaceId: org.id }, "organisation.created", `orgs/${handle}`);
  try {
    await insertOrganization(ctx.db, org, note);
  } catch (cause) {
    if (isConfusableHandle(cause)) throw await confusableHandle(ctx, handle);
    if (!isUniqueViolation(cause)) throw cause;
    throw new RegistryError("name_taken", `The handle "${handle}" is taken.`, {
      cause,
      suggestions: ["Choose another handle."],
    });
  }
  ctx.afterwards(sealAudit(ctx, note));
  ctx.log.info("namespace.created", { namespace: org.id, handle, user: user.userId });
  const standing = { role: "owner", belongs: true, withheld: [] } as const;
  return { id: org.id, kind: "orgs", handle, visibility: "public", createdAt: org.at, ...standing };
}
