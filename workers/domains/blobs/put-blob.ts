import { type Digest, digestAlgorithm } from "../../../core/digests.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { requireRepository } from "../repositories/index.ts";
import type { Chunk } from "./chunk.ts";
import { completeUpload } from "./complete-upload.ts";
import { startUpload } from "./start-upload.ts";
import { storeWholeBlob } from "./store-whole-blob.ts";

/**
 * Stores a blob that one request carries whole. With a known length it needs no upload session: a store keeps all of
 * such a body or nothing. What a client of unknown length leaves behind when it vanishes only a session knows to delete.
 * Errors: `digest_invalid`, `size_invalid`, those of `assertMay` for "push".
 */
export async function putBlob(ctx: Context, parts: RepositoryParts, chunk: Chunk, digest: Digest): Promise<void> {
  const { size } = chunk;
  if (size === undefined) {
    const upload = await startUpload(ctx, parts, digestAlgorithm(digest));
    await completeUpload(ctx, parts, upload, chunk, digest);
    return;
  }
  await requireRepository(ctx, parts, "push");
  await storeWholeBlob(ctx, parts, { ...chunk, size }, digest);
}
