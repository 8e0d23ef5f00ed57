import { type Digest, digestAlgorithm } from "../../../core/digests.ts";
import type { Repository } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import type { UploadStatus } from "../../objects/upload-session/index.ts";
import { appendChunk } from "./append-chunk.ts";
import { assertConsistent, type Chunk } from "./chunk.ts";
import { finishUpload } from "./complete-upload.ts";
import { uploadStatus } from "./manage-upload.ts";
import { uploadClaim } from "./upload-session.ts";

/**
 * Blobs of a backup come in before anything is known about who has them. Until the import is over a link of this name,
 * which no repository can have, keeps them from the collector.
 */
export const importHold = { repository: "import" as Repository };

/** Opens an upload for a blob of a backup and returns its UUID. The caller has been found to be an operator. */
export async function startImport(ctx: Context, digest: Digest): Promise<string> {
  const id = crypto.randomUUID();
  await ctx.upload(id).create(id, uploadClaim(ctx, importHold), digestAlgorithm(digest));
  return id;
}

/** As `appendChunk`. */
export function appendImport(ctx: Context, id: string, chunk: Chunk): Promise<{ offset: number }> {
  return appendChunk(ctx, importHold, { id }, chunk);
}

/** As `uploadStatus`. */
export function importStatus(ctx: Context, id: string): Promise<UploadStatus> {
  return uploadStatus(ctx, importHold, { id });
}

/** As `completeUpload`; the blob then belongs to nobody and is held. */
export function completeImport(ctx: Context, id: string, chunk: Chunk, digest: Digest): Promise<{ size: number }> {
  assertConsistent(chunk);
  return finishUpload(ctx, uploadClaim(ctx, importHold), id, chunk, digest);
}
