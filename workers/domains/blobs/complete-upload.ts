import { type Digest, digestAlgorithm } from "../../../core/digests.ts";
import { type Outcome, unwrap } from "../../../core/errors.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import type { UploadClaim, UploadCommit, UploadLease } from "../../objects/upload-session/index.ts";
import { hashSegments } from "../../storage/hashing.ts";
import { assertConsistent, type Chunk, isEmpty } from "./chunk.ts";
import { finishWhole } from "./finish-whole.ts";
import { handOver } from "./hand-over.ts";
import { judgePush } from "./judge-push.ts";
import type { UploadReference } from "./opening.ts";
import { knownDigest } from "./segment-hash.ts";
import { dropRefused, storeSegment } from "./store-segment.ts";
import { storeWholeBlob } from "./store-whole-blob.ts";
import { finishedUpload } from "./upload-errors.ts";
import { uploadClaim } from "./upload-session.ts";
import { wrongDigest } from "./wrong-digest.ts";

/**
 * Ends an upload, with or without last bytes, as the blob `digest` of the repository. Repeating a completed call is
 * fine. A wrong digest leaves the upload where it was before the call.
 * Errors: `digest_invalid`, `upload_unknown`, `range_invalid`, `size_invalid`, those of `assertMay` for "push".
 */
export async function completeUpload(
  ctx: Context,
  parts: RepositoryParts,
  upload: UploadReference,
  chunk: Chunk,
  digest: Digest,
): Promise<{ size: number }> {
  assertConsistent(chunk);
  const claim = uploadClaim(ctx, parts, upload);
  const whole = await judgePush(ctx, parts, claim, upload.id);
  if (whole?.state === "finished") {
    if (whole.digest === digest) return { size: whole.size };
    throw finishedUpload(whole.digest);
  }
  if (whole?.state === "stored") {
    if (isEmpty(chunk)) return finishWhole(ctx, parts, upload.id, whole, digest);
    await handOver(ctx, claim, upload.id);
  }
  const { size } = chunk;
  // Everything in one request of known length, and nothing came before it: no session is needed.
  if (claim.opening && !whole && size !== undefined && size > 0 && !chunk.range) {
    await storeWholeBlob(ctx, parts, { ...chunk, size }, digest);
    return { size };
  }
  return finishUpload(ctx, claim, upload.id, chunk, digest);
}

interface Finished {
  readonly size: number;
}

/** `completeUpload` for whoever holds the claim and has been authorised. */
export async function finishUpload(
  ctx: Context,
  claim: UploadClaim,
  id: string,
  chunk: Chunk,
  digest: Digest,
): Promise<{ size: number }> {
  const session = ctx.upload(id);
  if (isEmpty(chunk)) {
    const finished = unwrap((await session.finish(claim, digest, chunk.range?.start)) as Outcome<Finished | null>);
    if (finished) return finished;
  }
  const taken = (await session.lease(claim, chunk.range?.start)) as Outcome<UploadLease>;
  if (!taken.ok && taken.error.code === "upload_unknown") {
    // Asked only now: an upload that is finished stays so, while an open one could be finished between two questions.
    const settled = unwrap(await session.settle(claim));
    if (settled?.digest === digest) return { size: settled.size };
  }
  const lease = unwrap(taken);
  const commit: UploadCommit = isEmpty(chunk)
    ? { attempt: lease.attempt, segment: undefined, whole: lease.whole, hash: lease.hash }
    : (await storeSegment(ctx, id, lease, chunk, false, digestAlgorithm(digest))).commit;
  await verify(ctx, id, claim, lease, commit, digest);
  const outcome = (await session.complete(claim, commit, digest)) as Outcome<{ size: number }>;
  await dropRefused(ctx, commit, outcome);
  return unwrap(outcome);
}

async function verify(
  ctx: Context,
  id: string,
  claim: UploadClaim,
  lease: UploadLease,
  commit: UploadCommit,
  expected: Digest,
): Promise<void> {
  const algorithm = digestAlgorithm(expected);
  let actual = knownDigest(commit, algorithm);
  if (!actual) {
    const before = lease.offset > 0 ? unwrap(await ctx.upload(id).segments(claim)) : [];
    actual = await hashSegments(ctx.blobs, commit.segment ? [...before, commit.segment] : before, algorithm);
  }
  if (actual === expected) return;
  if (commit.segment) await ctx.blobs.delete([commit.segment.key]);
  throw wrongDigest(expected, actual);
}
