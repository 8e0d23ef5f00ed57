import type { Miniflare } from "miniflare";

const hour = 60 * 60 * 1000;

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
