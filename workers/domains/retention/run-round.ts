import type { Context } from "../../context.ts";
import { planArtifact, policyFor } from "./plan-artifact.ts";
import { retireArtifact } from "./retire-artifact.ts";
import { artifactPage, nextRun, policiesOf, type RunRecord, saveRun } from "./store.ts";

type Parts = Pick<Context, "db" | "graph" | "log" | "reads" | "now">;

/** Artifacts of one scheduled run; what is left is taken by the next. */
const maxArtifacts = 500;
const pageSize = 50;

export interface RoundReport {
  readonly artifacts: number;
  readonly removed: number;
}

/**
 * Applies the policies of all namespaces, the one that waited longest first, as far as one scheduled run goes. A
 * namespace that something fails for is passed over until the next run; so is a page that a run was cut off in. Safe to
 * run twice.
 */
export async function runRetentionRound(parts: Parts, limit = maxArtifacts): Promise<RoundReport> {
  const started = parts.now();
  const total = { artifacts: 0, removed: 0 };
  while (total.artifacts < limit) {
    const run = await nextRun(parts.db, started);
    if (!run) break;
    const page = await artifactPage(
      parts.db,
      run.namespaceId,
      run.position,
      Math.min(pageSize, limit - total.artifacts),
    );
    const complete = page.length < Math.min(pageSize, limit - total.artifacts);
    const position = page.at(-1)?.name ?? run.position;
    const over = { finishedAt: new Date(started) };
    // Before the work: what cuts a run off would otherwise meet every later run again, and nobody else had a turn.
    await saveRun(parts.db, run.namespaceId, complete ? over : { position });
    total.artifacts += page.length;
    try {
      total.removed += await retirePage(parts, run, page);
    } catch (error) {
      parts.log.error("retention.failed", error, { namespace: run.namespace });
      await saveRun(parts.db, run.namespaceId, over);
    }
  }
  if (total.artifacts > 0) parts.log.info("retention.done", total);
  return total;
}

async function retirePage(
  parts: Parts,
  { namespaceId, namespace }: RunRecord,
  page: readonly { readonly id: string; readonly name: string }[],
): Promise<number> {
  const policies = await policiesOf(parts.db, namespaceId);
  let removed = 0;
  for (const { id, name } of page) {
    const chosen = policyFor(policies, name);
    if (!chosen) continue;
    const plan = await planArtifact(parts, id, chosen.policy);
    const origin = { namespaceId, namespace, userId: chosen.updatedBy };
    removed += (await retireArtifact(parts, origin, name, plan)).length;
  }
  return removed;
}
