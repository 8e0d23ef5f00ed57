import { type NamespaceKind, namespacePath } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { requireRole } from "./require-role.ts";
import { type NamespaceRecord, updateVisibility, type Visibility } from "./store.ts";

/** Makes a whole namespace public or private. Needs the role admin and the scope admin. */
export async function setNamespaceVisibility(
  ctx: Context,
  kind: NamespaceKind,
  handle: string,
  visibility: Visibility,
): Promise<NamespaceRecord> {
  const namespace = await requireRole(ctx, kind, handle, "admin", "admin");
  const note = auditNote(ctx, { namespaceId: namespace.id }, "namespace.visibility_set", `${kind}/${handle}`, {
    visibility,
  });
  await updateVisibility(ctx.db, namespace.id, visibility, note).finally(() =>
    ctx.reads.forget(namespacePath(namespace.kind, namespace.handle)),
  );
  ctx.afterwards(sealAudit(ctx, note));
  ctx.log.info("namespace.visibility", { namespace: namespace.id, visibility });
  return { ...namespace, visibility };
}
