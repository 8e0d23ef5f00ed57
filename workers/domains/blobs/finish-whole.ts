import { type Digest, digestAlgorithm } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { hashSegments } from "../../storage/hashing.ts";
import { dropObject } from "./drop-object.ts";
import { unknownUpload } from "./upload-errors.ts";
import { recordWholeUpload, type StoredBytes } from "./whole-upload-store.ts";
import { wrongDigest } from "./wrong-digest.ts";

/**
 * Makes what one PATCH stored a blob of the repository, for a caller who has been authorised. Repeating it does no harm.
 * Errors: `digest_invalid`, `upload_unknown` when the upload ended otherwise meanwhile, `unavailable`.
 */
export async function finishWhole(
  ctx: Context,
  parts: RepositoryParts,
  upload: string,
  stored: StoredBytes,
  digest: Digest,
): Promise<{ size: number }> {
  const algorithm = digestAlgorithm(digest);
  const { key, size } = stored;
  const actual =
    digestAlgorithm(stored.digest) === algorithm
      ? stored.digest
      : await hashSegments(ctx.blobs, [{ key, size }], algorithm);
  if (actual !== digest) throw wrongDigest(digest, actual);
  const record = { upload, stored, digest, repository: parts.repository, at: ctx.now() };
  const outcome = await recordWholeUpload(ctx.db, record).catch((cause: unknown) => {
    throw new RegistryError("unavailable", "The content is stored but not yet recorded.", {
      cause,
      suggestions: ["Repeat the call; it does no harm."],
    });
  });
  if (outcome === "gone") throw unknownUpload();
  // Somebody else stored the same content before; one copy is enough.
  if (outcome === "copy") await dropObject(ctx, key);
  return { size };
}
