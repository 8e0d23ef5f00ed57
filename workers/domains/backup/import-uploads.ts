import type { Digest } from "../../../core/digests.ts";
import type { Context } from "../../context.ts";
import { requireOperator } from "../auth/index.ts";
import { appendImport, type Chunk, completeImport, importStatus, startImport } from "../blobs/index.ts";
import { requireRunning } from "./running-import.ts";
import { holdBlob } from "./store.ts";

/** Opens an upload for a blob and returns its UUID. Errors: those of `requireRunning`. */
export async function openUpload(ctx: Context, importId: string, digest: Digest): Promise<string> {
  await requireRunning(ctx, importId);
  return startImport(ctx, digest);
}

/** Adds bytes. Errors: `denied`, those of `appendChunk`. */
export function addToUpload(ctx: Context, upload: string, chunk: Chunk): Promise<{ offset: number }> {
  requireOperator(ctx.actor);
  return appendImport(ctx, upload, chunk);
}

/** Where an upload stands; one that is finished stands at its end. Errors: `denied`, `upload_unknown`. */
export async function uploadOffset(ctx: Context, upload: string): Promise<number> {
  requireOperator(ctx.actor);
  const status = await importStatus(ctx, upload);
  return "offset" in status ? status.offset : status.size;
}

/** Ends an upload; the blob is held until the import is over. Errors: those of `requireRunning` and `completeUpload`. */
export async function closeUpload(
  ctx: Context,
  importId: string,
  upload: string,
  chunk: Chunk,
  digest: Digest,
): Promise<void> {
  await requireRunning(ctx, importId);
  await completeImport(ctx, upload, chunk, digest);
  await holdBlob(ctx.db, digest);
}
