import { unwrap } from "../../../core/errors.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import type { UploadStatus } from "../../objects/upload-session/index.ts";
import type { UploadReference } from "./opening.ts";
import { uploadClaim } from "./upload-session.ts";

/** Where an upload of the caller stands. Errors: `upload_unknown`. */
export async function uploadStatus(
  ctx: Context,
  parts: Pick<RepositoryParts, "repository">,
  upload: UploadReference,
): Promise<UploadStatus> {
  return unwrap(await ctx.upload(upload.id).status(uploadClaim(ctx, parts, upload)));
}

/** Drops an upload of the caller with its bytes. Errors: `upload_unknown`. */
export async function cancelUpload(
  ctx: Context,
  parts: Pick<RepositoryParts, "repository">,
  upload: UploadReference,
): Promise<void> {
  unwrap(await ctx.upload(upload.id).cancel(uploadClaim(ctx, parts, upload)));
}
