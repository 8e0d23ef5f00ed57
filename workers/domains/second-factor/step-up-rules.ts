import type { NamespaceKind } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { auditNote } from "../audit/index.ts";
import { requireScope } from "../auth/index.ts";
import { requireRole } from "../namespaces/index.ts";
import { afterChange } from "./after-change.ts";
import { requireRecentFactor } from "./require-recent-factor.ts";
import { deleteRule, putRule, rulesOf } from "./rule-store.ts";

export interface StepUpRules {
  /** True when all artifacts ask for a fresh factor. */
  readonly namespace: boolean;
  /** Artifacts that ask by themselves. */
  readonly artifacts: readonly string[];
}

async function rules(ctx: Context, namespaceId: string): Promise<StepUpRules> {
  const found = await rulesOf(ctx.db, namespaceId);
  return { namespace: found.includes(""), artifacts: found.filter((artifact) => artifact !== "") };
}

/** Where publishing asks for a fresh second factor. Needs the role read. Errors: those of `requireRole`. */
export async function readStepUpRules(ctx: Context, kind: NamespaceKind, handle: string): Promise<StepUpRules> {
  const namespace = await requireRole(ctx, kind, handle, "read", "read");
  return rules(ctx, namespace.id);
}

/**
 * Asks for a fresh second factor before anything is published, changed or taken back in a namespace (`artifact` empty) or
 * an artifact, or stops asking. An artifact need not exist yet. Needs the role admin, the scope admin, and a fresh factor where the caller has one.
 * Errors: those of `requireRole`, `second_factor_required`.
 */
export async function setStepUpRule(
  ctx: Context,
  kind: NamespaceKind,
  handle: string,
  artifact: string,
  required: boolean,
): Promise<StepUpRules> {
  const { userId } = requireScope(ctx.actor, "admin");
  const namespace = await requireRole(ctx, kind, handle, "admin", "admin");
  await requireRecentFactor(ctx);
  const target = [kind, handle, artifact].filter(Boolean).join("/");
  const chain = { namespaceId: namespace.id };
  const audit = auditNote(ctx, chain, required ? "step_up.rule_set" : "step_up.rule_removed", target);
  const setAt = new Date(ctx.now());
  if (required) await putRule(ctx.db, { namespaceId: namespace.id, artifact, setBy: userId, setAt }, audit);
  else await deleteRule(ctx.db, namespace.id, artifact, audit);
  afterChange(ctx, audit);
  return rules(ctx, namespace.id);
}
