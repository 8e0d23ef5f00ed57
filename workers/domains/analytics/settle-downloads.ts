import type { Context } from "../../context.ts";
import { recordDownloads } from "./record-downloads.ts";

/**
 * Records everything that this isolate has counted, without the queue. For the one-machine server when it stops: its
 * queue is in memory, so what was sent lately is recorded here as well; what did arrive is not counted twice.
 */
export async function settleDownloads(ctx: Pick<Context, "db" | "downloads" | "log" | "now">): Promise<void> {
  for (const batch of ctx.downloads.takeAll()) {
    await recordDownloads(ctx, batch, { lastTry: true });
  }
}
