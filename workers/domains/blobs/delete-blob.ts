import type { Digest } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { requireRepository } from "../repositories/index.ts";
import { unknownBlob } from "./read-blob.ts";
import { unlinkBlob } from "./store.ts";

/**
 * Takes a blob out of a repository. Other repositories keep it.
 * Errors: `blob_unknown`, `blob_referenced` while a manifest here names it, those of `assertMay` for "delete".
 */
export async function deleteBlob(ctx: Context, parts: RepositoryParts, digest: Digest): Promise<void> {
  await requireRepository(ctx, parts, "delete");
  const outcome = await unlinkBlob(ctx.db, parts.repository, digest, ctx.now()).finally(() =>
    ctx.reads.forget(parts.repository),
  );
  if (outcome === "unknown") throw unknownBlob(digest);
  if (outcome === "referenced") {
    throw new RegistryError("blob_referenced", "A manifest of this repository still names the blob.", {
      details: { digest },
      suggestions: ["Delete the manifests that name it first."],
    });
  }
}
