import { type Digest, digestAlgorithm } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { sourceFromStream, TruncatedBodyError } from "../../storage/byte-source.ts";
import { nativeHasher } from "../../storage/hashing.ts";
import { segmentKey } from "../../storage/paths.ts";
import { dropObject } from "./drop-object.ts";
import { listObjects } from "./garbage.ts";
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
    if (!(error instanceof TruncatedBodyError)) {
      // It may be stored although the answer was lost.
      ctx.afterwards(dropObject(ctx, key));
      throw error;
    }
    throw new RegistryError("size_invalid", `The upload broke off: ${error.message}.`, {
      cause: error,
      suggestions: ["Send the whole blob again."],
    });
  }
  const actual = hasher.digest();
  if (actual !== digest) {
    await dropObject(ctx, key);
    throw wrongDigest(digest, actual);
  }
  const segments = size > 0 ? [{ key, size }] : [];
  const record = { digest, size, segments, repository: parts.repository, at: ctx.now() };
  const kept = await recordBlob(ctx.db, record).catch((cause: unknown) => {
    // It may be recorded although the answer was lost: the collector asks before it deletes anything.
    ctx.afterwards(listObjects(ctx.db, [key], ctx.now()));
    throw new RegistryError("unavailable", "The content is stored but not recorded.", {
      cause,
      suggestions: ["Repeat the call; it does no harm."],
    });
  });
  // Somebody else stored the same content before; one copy is enough.
  if (!kept || size === 0) await dropObject(ctx, key);
}
