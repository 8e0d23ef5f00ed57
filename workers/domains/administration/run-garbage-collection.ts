import type { Context } from "../../context.ts";
import { auditNote, recordAudit, registryChain } from "../audit/index.ts";
import { requireOperator } from "../auth/index.ts";
import { collectGarbage } from "../blobs/index.ts";

/** Runs the garbage collector now. Needs an operator with the scope admin. Errors: `unauthenticated`, `denied`. */
export async function runGarbageCollection(ctx: Context, options: { dryRun: boolean }) {
  requireOperator(ctx.actor);
  if (!options.dryRun) await recordAudit(ctx, auditNote(ctx, registryChain, "garbage.collected", "registry"));
  const report = await collectGarbage(ctx, options);
  if (!report.dryRun) ctx.reads.forget();
  return report;
}
