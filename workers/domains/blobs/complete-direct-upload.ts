import { type Digest, digestAlgorithm } from "../../../core/digests.ts";
import { type Outcome, RegistryError, unwrap } from "../../../core/errors.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import type { DirectUpload, UploadClaim, UploadCommit } from "../../objects/upload-session/index.ts";
import { hashSegments } from "../../storage/hashing.ts";
import type { DirectPart } from "../../storage/index.ts";
import { directAccess } from "./begin-direct-upload.ts";
import { judgePush } from "./judge-push.ts";
import type { UploadReference } from "./opening.ts";
import { busyUpload } from "./upload-errors.ts";
import { uploadClaim } from "./upload-session.ts";
import { wrongDigest } from "./wrong-digest.ts";

/**
 * Ends an upload whose bytes the client sent to the store itself: joins the parts, reads them back once to verify the
 * digest, and records the blob. Repeating the call is safe at any point.
 * Errors: `digest_invalid`, `size_invalid`, `upload_invalid`, `upload_unknown`, `upload_busy`, those for "push".
 */
export async function completeDirectUpload(
  ctx: Context,
  parts: RepositoryParts,
  reference: UploadReference,
  digest: Digest,
  sent: readonly DirectPart[],
): Promise<{ size: number }> {
  const { id } = reference;
  const claim = uploadClaim(ctx, parts, reference);
  const whole = await judgePush(ctx, parts, claim, id);
  // Bytes came through the registry after the parts were asked for: whoever began last wins.
  if (whole && whole.state !== "moved") throw busyUpload(whole.size);
  const settled = async () => {
    const ended = unwrap(await ctx.upload(id).settle(claim));
    return ended?.digest === digest ? { size: ended.size } : undefined;
  };
  const before = await settled();
  if (before) return before;
  try {
    return await join(ctx, claim, id, digest, sent);
  } catch (error) {
    // The same call, made twice at once: what the other one recorded counts for both.
    const meanwhile = error instanceof RegistryError ? await settled().catch(() => undefined) : undefined;
    if (meanwhile) return meanwhile;
    throw error;
  }
}

async function join(
  ctx: Context,
  claim: UploadClaim,
  id: string,
  digest: Digest,
  sent: readonly DirectPart[],
): Promise<{ size: number }> {
  const upload = await begun(ctx, claim, id);
  // False when an earlier call joined them and its answer was lost: the object's size tells.
  await directAccess(ctx).complete(upload.key, upload.storeId, sent);
  const fault = await faultOf(ctx, upload, digest);
  if (fault) {
    await dropUnlessUsed(ctx, upload, await ctx.upload(id).giveUpDirect(claim, upload.attempt));
    throw fault;
  }
  const { attempt, key, size } = upload;
  const commit: UploadCommit = { attempt, segment: { key, size }, whole: digest, hash: undefined };
  const outcome = (await ctx.upload(id).complete(claim, commit, digest)) as Outcome<{ size: number }>;
  if (!outcome.ok) await dropUnlessUsed(ctx, upload, outcome);
  return unwrap(outcome);
}

/**
 * Deletes the object of an attempt that was given up, or that a newer writer replaced. One of an upload that is over stays:
 * the blob may be made of it, and if not, the upload has dropped it.
 */
async function dropUnlessUsed(ctx: Context, { key }: DirectUpload, givenUp: Outcome<unknown>): Promise<void> {
  if (givenUp.ok || givenUp.error.code === "upload_busy") await ctx.blobs.delete([key]);
}

async function begun(ctx: Context, claim: UploadClaim, id: string): Promise<DirectUpload> {
  const upload = unwrap(await ctx.upload(id).direct(claim));
  if (upload) return upload;
  throw new RegistryError("upload_invalid", "No parts were asked for in this upload.", {
    suggestions: ['POST {"size": <bytes>} to the upload\'s Gati-Parts address first.'],
  });
}

/** What is wrong with the object, undefined when it is what was announced. Errors: `upload_invalid` when there is none. */
async function faultOf(
  ctx: Context,
  { key, size }: DirectUpload,
  expected: Digest,
): Promise<RegistryError | undefined> {
  const stored = await ctx.blobs.size(key);
  if (stored === undefined) {
    throw new RegistryError("upload_invalid", "The store does not have the parts of this upload any more.", {
      suggestions: ["Ask for parts again and send the blob anew."],
    });
  }
  if (stored !== size) {
    return new RegistryError("size_invalid", `The parts have ${stored} bytes, but ${size} were announced.`, {
      details: { stated: size, actual: stored },
      suggestions: ["Ask for parts again and send exactly the bytes that each part names."],
    });
  }
  const actual = await hashSegments(ctx.blobs, [{ key, size }], digestAlgorithm(expected));
  return actual === expected ? undefined : wrongDigest(expected, actual);
}
