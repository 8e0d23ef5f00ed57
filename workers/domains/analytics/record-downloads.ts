import type { Context } from "../../context.ts";
import { addDownloads, type CountedDownloads } from "./store.ts";

/**
 * Adds counts that came through the queue. Safe to repeat and to run in any order: a batch is added once. Counts of
 * something that is not here are logged and left out. Errors: those of D1; then nothing of the batch was added.
 */
export async function recordDownloads(
  ctx: Pick<Context, "db" | "log" | "now">,
  batch: CountedDownloads,
): Promise<void> {
  const added = await addDownloads(ctx.db, batch, ctx.now());
  const unknown = added === undefined ? 0 : batch.counts.length - added;
  if (unknown > 0) ctx.log.warn("downloads.unknown_artifact", { batch: batch.id, unknown });
}
