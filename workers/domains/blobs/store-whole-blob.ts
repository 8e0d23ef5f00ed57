import { type Digest, digestAlgorithm } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { sourceFromStream, TruncatedBodyError } from "../../storage/byte-source.ts";
import { nativeHasher } from "../../storage/hashing.ts";
import { segmentKey } from "../../storage/paths.ts";
import type { Chunk } from "./chunk.ts";
import { dropObject } from "./drop-object.ts";
import { listObjects } from "./garbage.ts";
import { recordBlob } from "./store.ts";
import { wrongDigest } from "./wrong-digest.ts";

/**
 * Stores and records what one request of known length carries, for a caller who has been authorised. Repeating it does no
 * harm. Errors: `digest_invalid`, `size_invalid`, `unavailable`; then nothing of it stays.
 */
export async function storeWholeBlob(
  ctx: Context,
  parts: RepositoryParts,
  chunk: Chunk & { readonly size: number },
  digest: Digest,
): Promise<void> {
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
