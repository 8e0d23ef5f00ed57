import { memoryOf } from "./context.ts";
import { pruneDownloads, settleDownloads } from "./domains/analytics/index.ts";
import { collectGarbage } from "./domains/blobs/index.ts";
import { runRetentionRound } from "./domains/retention/index.ts";
import type { Env } from "./env.ts";
import { createLogger } from "./http/log.ts";
import { blobStoreOf } from "./storage/index.ts";

/** Not a time: the one-machine server says with it that it is about to stop. Nothing on the network can send it. */
const stopping = "@stop";

/** What runs by the clock: the schedule is in wrangler.toml, and the one-machine server keeps it too. */
export async function scheduled({ cron }: Pick<ScheduledController, "cron">, env: Env): Promise<void> {
  const log = createLogger({ requestId: crypto.randomUUID(), trigger: "schedule" });
  const ctx = { db: env.DB, blobs: blobStoreOf(env), log, now: () => Date.now() };
  if (cron === stopping) return settleDownloads({ ...ctx, downloads: memoryOf(env).downloads });
  const graph = (namespaceId: string) => env.GRAPHS.get(env.GRAPHS.idFromName(namespaceId));
  const tasks = {
    // First: what goes by a policy is the collector's later.
    "retention.failed": () => runRetentionRound({ ...ctx, graph, reads: memoryOf(env).reads }),
    "gc.failed": () => collectGarbage(ctx, { dryRun: false }).finally(() => memoryOf(env).reads.forget()),
    "downloads.prune_failed": () => pruneDownloads(ctx),
  };
  let failure: unknown;
  for (const [event, task] of Object.entries(tasks)) {
    try {
      await task();
    } catch (error) {
      log.error(event, error);
      failure = error;
    }
  }
  if (failure !== undefined) throw failure;
}
