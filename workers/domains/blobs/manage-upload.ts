import { type Outcome, unwrap } from "../../../core/errors.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import type { UploadStatus } from "../../objects/upload-session/index.ts";
import { dropObject } from "./drop-object.ts";
import type { UploadReference } from "./opening.ts";
import { finishedUpload, unknownUpload } from "./upload-errors.ts";
import { uploadClaim } from "./upload-session.ts";
import { cancelWholeUpload, findWholeUpload } from "./whole-upload-store.ts";

/** Where an upload of the caller stands. Errors: `upload_unknown`. */
export async function uploadStatus(
  ctx: Context,
  parts: Pick<RepositoryParts, "repository">,
  upload: UploadReference,
): Promise<UploadStatus> {
  const claim = uploadClaim(ctx, parts, upload);
  const whole = claim.opening && (await findWholeUpload(ctx.db, upload.id));
  if (whole?.state === "stored") return { offset: whole.size };
  if (whole?.state === "finished") return { finished: whole.digest, size: whole.size };
  if (whole?.state === "cancelled") throw unknownUpload();
  return unwrap(await ctx.upload(upload.id).status(claim));
}

/** Drops an upload of the caller with its bytes. Errors: `upload_unknown`. */
export async function cancelUpload(
  ctx: Context,
  parts: Pick<RepositoryParts, "repository">,
  upload: UploadReference,
): Promise<void> {
  const claim = uploadClaim(ctx, parts, upload);
  const whole = claim.opening && (await cancelWholeUpload(ctx.db, upload.id, ctx.now()));
  if (whole?.state === "finished") throw finishedUpload(whole.digest);
  if (whole?.state === "stored") await dropObject(ctx, whole.key);
  // A session is told as well: the opening must not begin one any more.
  const outcome = (await ctx.upload(upload.id).cancel(claim)) as Outcome<null>;
  if (whole?.state !== "stored") unwrap(outcome);
}
