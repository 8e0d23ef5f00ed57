import { type NamespaceKind, namespacePath } from "../../../core/identifiers.ts";
import { RegistryError } from "../../../core/errors.ts";
import type { Verdict } from "../../../core/retention/evaluate.ts";
import type { RetentionPolicy } from "../../../core/retention/policy.ts";
import type { Context } from "../../context.ts";
import { auditOrigin } from "../audit/index.ts";
import { requireScope } from "../auth/index.ts";
import { requireRole, unknownName } from "../namespaces/index.ts";
import { planArtifact, policyFor } from "./plan-artifact.ts";
import { retireArtifact } from "./retire-artifact.ts";
import { artifactNamed, artifactPage, policiesOf, type StoredPolicy } from "./store.ts";

/** Artifacts of one page, and after how many tags it ends sooner. */
const pageSize = 50;
const maxVerdicts = 2_000;

export interface RunInput {
  readonly kind: NamespaceKind;
  readonly handle: string;
  /** Only say what would go. Needs the role read; otherwise the role admin and the scope admin. */
  readonly dryRun: boolean;
  /** Only this artifact. */
  readonly artifact?: string | undefined;
  /** For a dry run: judge by this policy instead of what is set. */
  readonly policy?: RetentionPolicy | undefined;
  /** Name of the last artifact of the page before. */
  readonly cursor?: string | undefined;
}

export interface RunPage {
  readonly cursor: string | null;
  readonly artifacts: readonly {
    readonly artifact: string;
    readonly verdicts: readonly Verdict[];
    /** Tags and digests that went; nothing in a dry run. */
    readonly removed: readonly string[];
  }[];
}

/**
 * Applies a namespace's policies to the next artifacts, or says what they would do.
 * Errors: those of `requireRole`, `name_unknown` for the artifact, `invalid_request`, `unavailable`.
 */
export async function runRetention(ctx: Context, input: RunInput): Promise<RunPage> {
  const { kind, handle, dryRun } = input;
  const namespace = await (dryRun
    ? requireRole(ctx, kind, handle, "read", "read")
    : requireRole(ctx, kind, handle, "admin", "admin"));
  const { userId } = requireScope(ctx.actor, "read");
  if (input.policy && !dryRun) {
    throw new RegistryError("invalid_request", "Only a dry run can try a policy that is not set.", {
      suggestions: ["Set the policy first, or make it a dry run."],
    });
  }
  const policies: StoredPolicy[] = input.policy
    ? [{ artifact: "", policy: input.policy, updatedBy: userId, updatedAt: new Date(ctx.now()) }]
    : await policiesOf(ctx.db, namespace.id);
  const origin = {
    namespaceId: namespace.id,
    namespace: namespacePath(kind, namespace.handle),
    userId,
    audit: auditOrigin(ctx),
  };
  const artifacts: RunPage["artifacts"][number][] = [];
  const page = await targets(ctx, namespace.id, input);
  let verdictCount = 0;
  for (const [index, { id, name }] of page.entries()) {
    const chosen = policyFor(policies, name);
    if (!chosen) continue;
    const verdicts = await planArtifact(ctx, id, chosen.policy);
    const removed = dryRun ? [] : await retireArtifact(ctx, origin, name, verdicts);
    artifacts.push({ artifact: name, verdicts, removed });
    verdictCount += verdicts.length;
    if (verdictCount > maxVerdicts && index + 1 < page.length) return { cursor: name, artifacts };
  }
  const last = page.length === pageSize && input.artifact === undefined ? page.at(-1) : undefined;
  return { cursor: last?.name ?? null, artifacts };
}

async function targets(ctx: Context, namespaceId: string, { artifact, cursor, kind, handle }: RunInput) {
  if (artifact === undefined) return artifactPage(ctx.db, namespaceId, cursor ?? "", pageSize);
  const found = await artifactNamed(ctx.db, namespaceId, artifact);
  if (!found) throw unknownName(`${kind}/${handle}/${artifact}`);
  return [found];
}
