import type { NamespaceKind } from "../../../core/identifiers.ts";
import type { JsonValue } from "../../../core/manifests/json.ts";
import type { RetentionPolicy } from "../../../core/retention/policy.ts";
import type { Context } from "../../context.ts";
import { RegistryError } from "../../../core/errors.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { requireScope } from "../auth/index.ts";
import { requireRole } from "../namespaces/index.ts";
import { artifactNamed, deletePolicy, policiesOf, putPolicy, type StoredPolicy } from "./store.ts";

/** Policies of a namespace and of its artifacts. Needs the role read. Errors: those of `requireRole`. */
export async function readPolicies(ctx: Context, kind: NamespaceKind, handle: string): Promise<StoredPolicy[]> {
  const namespace = await requireRole(ctx, kind, handle, "read", "read");
  return policiesOf(ctx.db, namespace.id);
}

/**
 * Sets the policy of a namespace (`artifact` empty) or of one artifact, or takes it away with null. Needs the role admin
 * and the scope admin. Nothing is removed until the next round. Errors: those of `requireRole`, `name_unknown` for an
 * artifact that is not there; its policy can be taken away all the same.
 */
export async function setPolicy(
  ctx: Context,
  kind: NamespaceKind,
  handle: string,
  artifact: string,
  policy: RetentionPolicy | null,
): Promise<StoredPolicy[]> {
  const { userId } = requireScope(ctx.actor, "admin");
  const namespace = await requireRole(ctx, kind, handle, "admin", "admin");
  const target = artifact === "" ? `${kind}/${handle}` : `${kind}/${handle}/${artifact}`;
  const details = { policy: policy && (structuredClone(policy) as unknown as JsonValue) };
  const audit = auditNote(ctx, { namespaceId: namespace.id }, "retention.policy_set", target, details);
  if (policy === null) await deletePolicy(ctx.db, namespace.id, artifact, audit);
  else {
    if (artifact !== "" && !(await artifactNamed(ctx.db, namespace.id, artifact))) {
      throw new RegistryError("name_unknown", `${kind}/${handle} has no artifact ${artifact}.`, {
        suggestions: [
          "Check the spelling, or publish it first.",
          "A policy for the whole namespace holds for new artifacts too.",
        ],
      });
    }
    const updatedAt = new Date(ctx.now());
    await putPolicy(ctx.db, namespace.id, { artifact, policy, updatedBy: userId, updatedAt }, audit);
  }
  ctx.afterwards(sealAudit(ctx, audit));
  ctx.log.info("retention.policy", { namespace: `${kind}/${handle}`, artifact, set: policy !== null, user: userId });
  return policiesOf(ctx.db, namespace.id);
}
