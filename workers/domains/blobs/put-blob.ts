import { type Digest, digestAlgorithm } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { sourceFromStream, TruncatedBodyError } from "../../storage/byte-source.ts";
import { nativeHasher } from "../../storage/hashing.ts";
import { segmentKey } from "../../storage/paths.ts";
import { requireRepository } from "../repositories/index.ts";
import { completeUpload, wrongDigest } from "./complete-upload.ts";
import { startUpload } from "./start-upload.ts";
import { recordBlob } from "./store.ts";
import type { Chunk } from "./store-segment.ts";

/**
 * Stores a blob that one request carries whole. With a known length it needs no upload session: a store keeps all of
 * such a body or nothing. What a client of unknown length leaves behind when it vanishes only a session knows to delete.
 * Errors: `digest_invalid`, `size_invalid`, those of `assertMay` for "push".
 */
export async function putBlob(ctx: Context, parts: RepositoryParts, chunk: Chunk, digest: Digest): Promise<void> {
  await requireRepository(ctx, parts, "push");
  if (chunk.size === undefined) {
    const upload = await startUpload(ctx, parts, digestAlgorithm(digest));
    await completeUpload(ctx, parts, upload, chunk, digest);
    return;
  }
  const key = segmentKey(crypto.randomUUID(), 1);
  const hasher = nativeHasher(digestAlgorithm(digest));
  let size: number;
  try {
    size = await ctx.blobs.put(
      key,
      sourceFromStream(chunk.body, chunk.size, (bytes) => hasher.update(bytes)),
    );
  } catch (error) {
    if (!(error instanceof TruncatedBodyError)) throw error;
    throw new RegistryError("size_invalid", `The upload broke off: ${error.message}.`, {
      cause: error,
      suggestions: ["Send the whole blob again."],
    });
  }
  const actual = hasher.digest();
  if (actual !== digest) {
    await ctx.blobs.delete([key]);
    throw wrongDigest(digest, actual);
  }
  const segments = size > 0 ? [{ key, size }] : [];
  const kept = await recordBlob(ctx.db, { digest, size, segments, repository: parts.repository, at: ctx.now() });
  // Somebody else stored the same content before; one copy is enough.
  if (!kept || size === 0) await ctx.blobs.delete([key]);
}
