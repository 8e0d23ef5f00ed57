import type { Digest } from "../../../core/digests.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { sendDownloads } from "./send-downloads.ts";

/**
 * Counts one download: a GET that is being answered with a manifest, or with the content of a version. Takes no time:
 * it is kept in memory, and sent together with the others of the same moment when the answer is out. Every surface
 * calls it once per download, and never for HEAD, 304 or an error.
 *
 * @param manifest the manifest that was pulled, or whose content was
 */
export function countDownload(ctx: Context, parts: RepositoryParts, manifest: Digest): void {
  const wait = ctx.downloads.add(parts.repository, manifest, ctx.now());
  if (wait !== undefined) ctx.afterwards(sendAfter(ctx, wait));
}

/** Tries again for as long as a Worker lives after its answer; what is then still here goes with the next download. */
async function sendAfter(ctx: Context, wait: number): Promise<void> {
  for (const pause of [wait, 2 * ctx.downloads.window, 4 * ctx.downloads.window]) {
    await scheduler.wait(pause);
    if (await sendDownloads(ctx)) return;
  }
}
