import { type Digest, digestAlgorithm } from "../../../core/digests.ts";
import { type Outcome, RegistryError, unwrap } from "../../../core/errors.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import type { DirectUpload, UploadClaim, UploadCommit } from "../../objects/upload-session/index.ts";
import { hashSegments } from "../../storage/hashing.ts";
import type { DirectPart } from "../../storage/index.ts";
import { requireRepository } from "../repositories/index.ts";
import { directAccess } from "./begin-direct-upload.ts";
import { wrongDigest } from "./complete-upload.ts";
import { dropRefused } from "./store-segment.ts";
import { uploadClaim } from "./upload-session.ts";

/**
 * Ends an upload whose bytes the client sent to the store itself: joins the parts, reads them back once to verify the
 * digest, and records the blob. Repeating the call is safe at any point.
 * Errors: `digest_invalid`, `size_invalid`, `upload_invalid`, `upload_unknown`, `upload_busy`, those for "push".
 */
export async function completeDirectUpload(
  ctx: Context,
  parts: RepositoryParts,
  id: string,
  digest: Digest,
  sent: readonly DirectPart[],
): Promise<{ size: number }> {
  const claim = uploadClaim(ctx, parts);
  await requireRepository(ctx, parts, "push");
  const settled = unwrap(await ctx.upload(id).settle(claim));
  if (settled?.digest === digest) return { size: settled.size };
  const upload = await begun(ctx, claim, id);
  // False when an earlier call joined them and its answer was lost: the object's size tells.
  await directAccess(ctx).complete(upload.key, upload.storeId, sent);
  await verify(ctx, upload, digest);
  const { attempt, key, size } = upload;
  const commit: UploadCommit = { attempt, segment: { key, size }, whole: digest, hash: undefined };
  const outcome = (await ctx.upload(id).complete(claim, commit, digest)) as Outcome<{ size: number }>;
  await dropRefused(ctx, commit, outcome);
  return unwrap(outcome);
}

async function begun(ctx: Context, claim: UploadClaim, id: string): Promise<DirectUpload> {
  const upload = unwrap(await ctx.upload(id).direct(claim));
  if (upload) return upload;
  throw new RegistryError("upload_invalid", "No parts were asked for in this upload.", {
    suggestions: ['POST {"size": <bytes>} to the upload\'s Gati-Parts address first.'],
  });
}

/** The object must be what was announced; otherwise it goes, and the client begins again. */
async function verify(ctx: Context, { key, size }: DirectUpload, expected: Digest): Promise<void> {
  const stored = await ctx.blobs.size(key);
  if (stored === undefined) {
    throw new RegistryError("upload_invalid", "The store does not have the parts of this upload any more.", {
      suggestions: ["Ask for parts again and send the blob anew."],
    });
  }
  if (stored !== size) {
    await ctx.blobs.delete([key]);
    throw new RegistryError("size_invalid", `The parts have ${stored} bytes, but ${size} were announced.`, {
      details: { stated: size, actual: stored },
      suggestions: ["Ask for parts again and send exactly the bytes that each part names."],
    });
  }
  const actual = await hashSegments(ctx.blobs, [{ key, size }], digestAlgorithm(expected));
  if (actual === expected) return;
  await ctx.blobs.delete([key]);
  throw wrongDigest(expected, actual);
}
