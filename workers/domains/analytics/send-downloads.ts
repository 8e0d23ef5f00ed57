import type { Context } from "../../context.ts";

/**
 * Sends what was counted to the queue. Returns false when the queue did not take all of it: then it stays in memory,
 * under the same ids, so that a batch that arrived all the same is not counted twice.
 */
export async function sendDownloads(
  ctx: Pick<Context, "downloads" | "downloadQueue" | "log" | "now">,
): Promise<boolean> {
  const { downloads, log } = ctx;
  for (let batch = downloads.next(ctx.now()); batch; batch = downloads.next(ctx.now())) {
    try {
      await ctx.downloadQueue.send({ version: 1, id: batch.id, counts: [...batch.counts] });
      downloads.sent(batch, ctx.now());
    } catch (error) {
      downloads.failed(batch);
      const dropped = downloads.takeDropped();
      log.error("downloads.send_failed", error, { batch: batch.id, ...(dropped > 0 ? { dropped } : {}) });
      return false;
    }
  }
  return true;
}
