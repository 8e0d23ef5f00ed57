import { setTimeout as delay } from "node:timers/promises";
import type { Miniflare } from "miniflare";

const hour = 60 * 60 * 1000;
/** A worker that does not come to an end may hold up stopping for so long, in milliseconds. */
const stopPatience = 5_000;

/**
 * Tells the worker that it is about to stop, so that it records the downloads that it has only counted in memory. A
 * worker that cannot, or takes too long, is stopped all the same.
 */
export async function announceStop(runtime: Miniflare): Promise<void> {
  const settled = runtime
    .getWorker()
    .then((worker) => worker.scheduled({ cron: "@stop" }))
    .catch(() => undefined);
  await Promise.race([settled, delay(stopPatience, undefined, { ref: false })]);
}

/**
 * Triggers the worker's scheduled work every hour, as Cloudflare does by the schedule in wrangler.toml. The worker logs
 * how it went; a failed run is made up for by the next. Returns what ends it.
 */
export function keepSchedule(runtime: Miniflare): () => void {
  const timer = setInterval(() => {
    void runtime
      .getWorker()
      .then((worker) => worker.scheduled({ cron: "17 * * * *" }))
      .catch(() => undefined);
  }, hour);
  timer.unref();
  return () => clearInterval(timer);
}
