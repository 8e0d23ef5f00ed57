import type { DigestAlgorithm } from "../../../core/digests.ts";
import type { Outcome } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import type { UploadCommit, UploadLease } from "../../objects/upload-session/index.ts";
import { type Hasher, nativeHasher } from "../../storage/hashing.ts";
import type { Chunk } from "./chunk.ts";
import { dropObject } from "./drop-object.ts";
import { segmentHash } from "./segment-hash.ts";
import { storeBody } from "./store-body.ts";

/**
 * Streams one chunk into the store under the lease's key and hashes it on the way. On failure nothing of it is left.
 * Errors: those of `storeBody`.
 */
export async function storeSegment(
  ctx: Context,
  id: string,
  lease: UploadLease,
  chunk: Chunk,
  more: boolean,
  algorithm: DigestAlgorithm,
): Promise<SegmentResult> {
  const live = ctx.blobs.local ? liveHash(ctx, id, lease, algorithm) : undefined;
  const hash = segmentHash(lease, more, algorithm, live);
  const size = await storeBody(ctx, lease.key, chunk, lease.offset, (bytes) => hash.update(bytes));
  // An empty body of unknown length adds nothing, and what was known about the bytes before it still holds.
  const { attempt, whole, hash: state } = lease;
  const commit =
    size === 0
      ? { attempt, segment: undefined, whole, hash: state }
      : { attempt, segment: { key: lease.key, size }, ...hash.finish() };
  return { commit, committed: (offset) => live && ctx.hashes.keep(id, offset, algorithm, live) };
}

export interface SegmentResult {
  readonly commit: UploadCommit;
  /** To be called when the upload took the segment and stands at `offset`: the hash goes on from there. */
  committed(offset: number): void;
}

function liveHash(ctx: Context, id: string, lease: UploadLease, algorithm: DigestAlgorithm): Hasher | undefined {
  const kept = ctx.hashes.take(id, lease.offset, algorithm);
  return lease.offset === 0 ? nativeHasher(algorithm) : kept;
}

/**
 * Deletes a stored segment that its upload did not take: the upload was cancelled or finished, or a newer writer came
 * first. It was stored after the upload cleaned up, so nobody else would. Any other failure may have kept it.
 */
export async function dropRefused(ctx: Context, { segment }: UploadCommit, outcome: Outcome<unknown>): Promise<void> {
  const refused = !outcome.ok && (outcome.error.code === "upload_busy" || outcome.error.code === "upload_unknown");
  if (refused && segment) await dropObject(ctx, segment.key);
}
