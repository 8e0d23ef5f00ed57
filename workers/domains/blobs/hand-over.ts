import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import type { UploadClaim } from "../../objects/upload-session/index.ts";
import { appendToSession } from "./append-to-session.ts";
import { dropObject } from "./drop-object.ts";
import { finishedUpload, unknownUpload } from "./upload-errors.ts";
import { findWholeUpload, moveWholeUpload, type StoredBytes, type WholeUpload } from "./whole-upload-store.ts";

/**
 * Where one PATCH stored what was taken to be everything, lets a session go on behind it; otherwise does nothing. The bytes
 * are copied: until the row says that they have moved, a PUT may make a blob of them as they are. Safe to repeat.
 * Errors: `upload_unknown` when the upload is over, `upload_busy`, `unavailable`.
 */
export async function handOver(ctx: Context, claim: UploadClaim, id: string): Promise<void> {
  const whole = await waiting(ctx, id);
  if (!whole) return;
  await copy(ctx, claim, id, whole);
  if (await moveWholeUpload(ctx.db, id)) await dropObject(ctx, whole.key);
  else await waiting(ctx, id);
}

/** What waits for its PUT. */
async function waiting(ctx: Context, id: string): Promise<StoredBytes | undefined> {
  const whole: WholeUpload | undefined = await findWholeUpload(ctx.db, id);
  if (whole?.state === "cancelled") throw unknownUpload();
  if (whole?.state === "finished") throw finishedUpload(whole.digest);
  return whole?.state === "stored" ? whole : undefined;
}

async function copy(ctx: Context, claim: UploadClaim, id: string, { key, size }: StoredBytes): Promise<void> {
  const body = await ctx.blobs.get(key, undefined, size);
  if (!body) throw unknownUpload();
  try {
    await appendToSession(ctx, claim, id, { body, size, range: { start: 0, length: size } });
  } catch (error) {
    await body.cancel(error).catch(() => undefined);
    // The session is there already: an earlier request was broken off between the two steps.
    if (!(error instanceof RegistryError && error.code === "range_invalid")) throw error;
  }
}
