import type { Digest } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { requireRepository } from "../repositories/index.ts";
import { linkFrom } from "./store.ts";

/**
 * Makes a blob of another repository available in this one, without moving a byte. Returns false when the source does
 * not hold it or may not be read by the caller: the two are never told apart, and the client then uploads.
 * Errors: those of `assertMay` for "push" on the target.
 */
export async function mountBlob(
  ctx: Context,
  target: RepositoryParts,
  source: RepositoryParts,
  digest: Digest,
): Promise<boolean> {
  await requireRepository(ctx, target, "push");
  let outsider: boolean;
  try {
    outsider = !(await requireRepository(ctx, source, "pull")).insider;
  } catch (error) {
    if (error instanceof RegistryError) return false;
    throw error;
  }
  return linkFrom(ctx.db, digest, { repository: source.repository, outsider }, target.repository, ctx.now());
}
