import { type Outcome, RegistryError, unwrap } from "../../../core/errors.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import type { DirectUpload } from "../../objects/upload-session/index.ts";
import type { DirectAccess } from "../../storage/index.ts";
import { judgePush } from "./judge-push.ts";
import type { UploadReference } from "./opening.ts";
import { finishedUpload, wrongStart } from "./upload-errors.ts";
import { uploadClaim } from "./upload-session.ts";

/** Parts have this size until a blob would need more than a thousand of them. */
const usualPart = 16 * 1024 * 1024;
const maxParts = 1000;
const mebibyte = 1024 * 1024;
/** As long as an upload may lie idle: a slow line must not run out of time half way. */
const lifetime = 24 * 60 * 60;

export interface PlannedPart {
  /** From 1. */
  readonly number: number;
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
  /** Takes exactly this part by PUT, without other credentials. Its answer's ETag names the part at the end. */
  readonly url: string;
}

export interface DirectUploadPlan {
  readonly parts: readonly PlannedPart[];
  /** When the addresses stop working, ISO 8601. */
  readonly expiresAt: string;
}

/** The store's direct access. Errors: `unsupported` when it has none. */
export function directAccess(ctx: Context): DirectAccess {
  if (ctx.blobs.direct) return ctx.blobs.direct;
  throw new RegistryError("unsupported", "This registry's store takes no uploads but through the registry.", {
    suggestions: ["Send the blob in chunks by PATCH to the upload's location."],
  });
}

/**
 * Lets the client send a blob of `size` bytes to the store itself, in parts and in any order. Asking again begins anew.
 * Errors: `unsupported`, `upload_unknown`, `range_invalid` when the upload has bytes already, those for "push".
 */
export async function beginDirectUpload(
  ctx: Context,
  parts: RepositoryParts,
  upload: UploadReference,
  size: number,
): Promise<DirectUploadPlan> {
  const direct = directAccess(ctx);
  const claim = uploadClaim(ctx, parts, upload);
  const whole = await judgePush(ctx, parts, claim, upload.id);
  if (whole?.state === "finished") throw finishedUpload(whole.digest);
  if (whole?.state === "stored") throw wrongStart(0, whole.size);
  const session = ctx.upload(upload.id);
  const { attempt, key } = unwrap(await session.lease(claim, 0));
  const storeId = await direct.begin(key);
  const noted = (await session.beginDirect(claim, { attempt, key, storeId, size })) as Outcome<DirectUpload | null>;
  // Nobody else knows of it.
  if (!noted.ok) await direct.abort(key, storeId);
  const replaced = unwrap(noted);
  if (replaced) await direct.abort(replaced.key, replaced.storeId);
  const planned = cut(size).map(async (part) => ({
    ...part,
    url: await direct.partUrl(key, storeId, part.number, lifetime),
  }));
  return { parts: await Promise.all(planned), expiresAt: new Date(ctx.now() + lifetime * 1000).toISOString() };
}

/** Equal parts, only the last one smaller. */
function cut(size: number): Omit<PlannedPart, "url">[] {
  const partSize = Math.max(usualPart, Math.ceil(size / maxParts / mebibyte) * mebibyte);
  return Array.from({ length: Math.ceil(size / partSize) }, (_, index) => {
    const offset = index * partSize;
    return { number: index + 1, offset, length: Math.min(partSize, size - offset) };
  });
}
