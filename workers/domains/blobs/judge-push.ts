import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import type { UploadClaim } from "../../objects/upload-session/index.ts";
import { readRepository, requireRepository } from "../repositories/index.ts";
import { unknownUpload } from "./upload-errors.ts";
import { type WholeUpload, wholeUploadOf, wholeUploadQuery } from "./whole-upload-store.ts";

/**
 * Judges whether the caller may still push, and tells in the same round trip what one PATCH may have stored under this
 * name. Errors: `upload_unknown` when the upload was cancelled, those of `assertMay` for "push".
 */
export async function judgePush(
  ctx: Context,
  parts: RepositoryParts,
  claim: UploadClaim,
  upload: string,
): Promise<Exclude<WholeUpload, { state: "cancelled" }> | undefined> {
  // Only where the name proves the opening: otherwise a session knows the upload.
  if (!claim.opening) {
    await requireRepository(ctx, parts, "push");
    return undefined;
  }
  const { rows } = await readRepository(ctx, parts, (db) => wholeUploadQuery(db, upload), "push");
  const whole = wholeUploadOf(rows[0]);
  if (whole?.state === "cancelled") throw unknownUpload();
  return whole;
}
