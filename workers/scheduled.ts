import { collectGarbage } from "./domains/blobs/index.ts";
import type { Env } from "./env.ts";
import { createLogger } from "./http/log.ts";
import { blobStoreOf } from "./storage/index.ts";

/** What runs by the clock: the schedule is in wrangler.toml, and the one-machine server keeps it too. */
export async function scheduled(env: Env): Promise<void> {
  const log = createLogger({ requestId: crypto.randomUUID(), trigger: "schedule" });
  try {
    await collectGarbage({ db: env.DB, blobs: blobStoreOf(env), log, now: () => Date.now() }, { dryRun: false });
  } catch (error) {
    log.error("gc.failed", error);
    throw error;
  }
}
