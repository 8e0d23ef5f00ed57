import type { DigestAlgorithm } from "../../../core/digests.ts";
import { type Outcome, RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import type { UploadCommit, UploadLease } from "../../objects/upload-session/index.ts";
import { bodyTooLarge } from "../../limits/index.ts";
import { sourceFromStream, TruncatedBodyError } from "../../storage/byte-source.ts";
import { type Hasher, nativeHasher } from "../../storage/hashing.ts";
import { dropObject } from "./drop-object.ts";
import { segmentHash } from "./segment-hash.ts";

/** Bytes as a request brings them. */
export interface Chunk {
  readonly body: ReadableStream<Uint8Array> | null;
  /** Content-Length; undefined for chunked transfer encoding. */
  readonly size: number | undefined;
  /** What Content-Range promises: first byte's position and the number of bytes. */
  readonly range: { readonly start: number; readonly length: number } | undefined;
}

/** True when the request certainly carries no bytes. */
export function isEmpty(chunk: Chunk): boolean {
  return chunk.body === null || chunk.size === 0;
}

/** Throws `size_invalid` when Content-Range and Content-Length contradict each other. */
export function assertConsistent(chunk: Chunk): void {
  if (chunk.range && chunk.size !== undefined && chunk.range.length !== chunk.size)
    throw wrongLength(chunk.range.length, chunk.size);
}

function wrongLength(stated: number, actual: number): RegistryError {
  return new RegistryError("size_invalid", `Content-Range states ${stated} bytes, but the body has ${actual}.`, {
    details: { stated, actual },
    suggestions: ["Send exactly the bytes that Content-Range names; its end is inclusive."],
  });
}

/**
 * Streams one chunk into the store under the lease's key and hashes it on the way. On failure nothing of it is left.
 * Errors: `size_invalid` for a body that is not as long as stated, `payload_too_large`, `unavailable`.
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
  // A body of unknown length is only found to be too large on its way.
  const limit = chunk.size === undefined ? ctx.settings.maxBody : undefined;
  let received = 0;
  const source = sourceFromStream(chunk.body, chunk.size, (bytes) => {
    received += bytes.byteLength;
    if (limit !== undefined && received > limit) throw bodyTooLarge(limit);
    hash.update(bytes);
  });
  let size: number;
  try {
    size = await ctx.blobs.put(lease.key, source);
  } catch (error) {
    // Whoever answers has to read the rest first, or the client never sees the answer.
    source.release();
    if (!(error instanceof TruncatedBodyError)) throw error;
    throw new RegistryError("size_invalid", `The upload broke off: ${error.message}.`, {
      cause: error,
      details: { offset: lease.offset },
      suggestions: ["Send the chunk again from the same offset."],
    });
  }
  if (chunk.range && chunk.range.length !== size) {
    await ctx.blobs.delete([lease.key]);
    throw wrongLength(chunk.range.length, size);
  }
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
