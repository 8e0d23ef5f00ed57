import type { Context } from "../../context.ts";
import { auditNote, recordAudit, registryChain } from "../audit/index.ts";
import { requireOperator } from "../auth/index.ts";
import { stateOf } from "./begin-import.ts";
import { requireRunning } from "./running-import.ts";
import { findImport, finishImportRow } from "./store.ts";

/** Ends an import when everything is in. Safe to repeat. Errors: those of `requireRunning`. */
export async function finishImport(ctx: Context, id: string) {
  requireOperator(ctx.actor);
  const known = await findImport(ctx.db, id);
  if (known?.finishedAt) return stateOf(known);
  await requireRunning(ctx, id);
  const row = await finishImportRow(ctx.db, id, ctx.now());
  await recordAudit(ctx, auditNote(ctx, registryChain, "import.finished", id));
  ctx.reads.forget();
  ctx.log.info("import.finished", { import: id });
  return stateOf(row);
}
