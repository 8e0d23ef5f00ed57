import type { DigestAlgorithm } from "../../../core/digests.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { requireRepository } from "../repositories/index.ts";
import { sealOpening, type UploadReference } from "./opening.ts";
import { uploadClaim } from "./upload-session.ts";

/** Opens an upload. Nothing is stored before its first bytes. Errors: those of `assertMay` for "push". */
export async function startUpload(
  ctx: Context,
  parts: RepositoryParts,
  algorithm: DigestAlgorithm,
): Promise<Required<UploadReference>> {
  await requireRepository(ctx, parts, "push");
  const id = crypto.randomUUID();
  return { id, opening: sealOpening(ctx.settings, id, uploadClaim(ctx, parts), algorithm, ctx.now()) };
}
