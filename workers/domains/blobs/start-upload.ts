import type { DigestAlgorithm } from "../../../core/digests.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { requireRepository } from "../repositories/index.ts";
import { uploadClaim } from "./upload-session.ts";

/** Opens an upload and returns its UUID. Errors: those of `assertMay` for "push". */
export async function startUpload(ctx: Context, parts: RepositoryParts, algorithm: DigestAlgorithm): Promise<string> {
  await requireRepository(ctx, parts, "push");
  const id = crypto.randomUUID();
  await ctx.upload(id).create(id, uploadClaim(ctx, parts), algorithm);
  return id;
}
