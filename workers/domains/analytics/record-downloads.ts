import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { addDownloads, type CountedDownloads } from "./store.ts";

/**
 * Adds counts that came through the queue. Safe to repeat and to run in any order: a batch is added once. An artifact
 * that is not here may be back in a moment, when its namespace is projected anew; on the last try what belongs to none
 * is logged and left out. Errors: `unavailable` for such an artifact before the last try, those of D1; then nothing of
 * the batch was added.
 */
export async function recordDownloads(
  ctx: Pick<Context, "db" | "log" | "now">,
  batch: CountedDownloads,
  { lastTry }: { lastTry: boolean },
): Promise<void> {
  const unknown = await addDownloads(ctx.db, batch, ctx.now(), lastTry);
  if (unknown === undefined) {
    throw new RegistryError("unavailable", "The batch counts downloads of an artifact that is not here.", {
      suggestions: ["Try again: what belongs to no artifact is left out in the end."],
    });
  }
  if (unknown > 0) ctx.log.warn("downloads.unknown_artifact", { batch: batch.id, unknown });
}
