import type { Logger } from "../../http/log.ts";
import type { BlobStore } from "../../storage/index.ts";
import { collectLinks, dueObjects, expireWholeUploads, forgetObjects, previewGarbage } from "./garbage.ts";

/** What a collection uses: it runs without a caller too, from a schedule. */
export interface CollectorParts {
  readonly db: D1Database;
  readonly blobs: BlobStore;
  readonly log: Logger;
  now(): number;
}

export interface GarbageReport {
  readonly dryRun: boolean;
  /** Links that were looked at. */
  readonly examined: number;
  /** Links removed because no manifest of their repository names the blob. */
  readonly links: number;
  /** Blobs removed because no repository holds them. */
  readonly blobs: number;
  /** Bytes of these blobs. Their objects are deleted an hour later, for the sake of downloads under way. */
  readonly bytes: number;
  /** Objects deleted from the blob store. */
  readonly objects: number;
}

/** Batches of one run: what is left is taken by the next. */
const maxBatches = 50;

/**
 * Removes what nothing needs any more: links without a manifest a day after they were made or lost it, blobs without a
 * link, and objects an hour after their last reference went. Safe beside everything else and safe to interrupt.
 */
export async function collectGarbage(parts: CollectorParts, options: { dryRun: boolean }): Promise<GarbageReport> {
  const now = parts.now();
  if (options.dryRun) return { dryRun: true, ...(await previewGarbage(parts.db, now)) };
  const total = { examined: 0, links: 0, blobs: 0, bytes: 0, objects: 0 };
  for (let batch = 0; batch < maxBatches; batch++) {
    const collected = await collectLinks(parts.db, now);
    total.examined += collected.examined;
    total.links += collected.links;
    total.blobs += collected.blobs;
    total.bytes += collected.bytes;
    if (collected.examined === 0) break;
  }
  for (let batch = 0; batch < maxBatches; batch++) {
    if ((await expireWholeUploads(parts.db, now)) === 0) break;
  }
  for (let batch = 0; batch < maxBatches; batch++) {
    const keys = await dueObjects(parts.db, now);
    if (keys.length === 0) break;
    // Deleted first and forgotten afterwards: an interruption only means that the same keys are deleted again.
    await parts.blobs.delete(keys);
    await forgetObjects(parts.db, keys);
    total.objects += keys.length;
  }
  parts.log.info("gc.done", total);
  return { dryRun: false, ...total };
}
