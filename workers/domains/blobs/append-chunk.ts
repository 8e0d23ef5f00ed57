import { type Outcome, unwrap } from "../../../core/errors.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { assertConsistent, type Chunk, dropRefused, isEmpty, storeSegment } from "./store-segment.ts";
import type { UploadReference } from "./opening.ts";
import { uploadClaim } from "./upload-session.ts";

/**
 * Adds bytes to an upload and returns where it stands then. A chunk with Content-Range announces that more may
 * follow; one without is taken to be the whole blob.
 * Errors: `upload_unknown`, `range_invalid` (details.offset), `size_invalid`, `upload_busy`.
 */
export async function appendChunk(
  ctx: Context,
  parts: Pick<RepositoryParts, "repository">,
  upload: UploadReference,
  chunk: Chunk,
): Promise<{ offset: number }> {
  assertConsistent(chunk);
  const { id } = upload;
  const claim = uploadClaim(ctx, parts, upload);
  const session = ctx.upload(id);
  const lease = unwrap(await session.lease(claim, chunk.range?.start));
  if (isEmpty(chunk)) return { offset: lease.offset };
  const { commit, committed } = await storeSegment(ctx, id, lease, chunk, chunk.range !== undefined, lease.algorithm);
  const outcome = (await session.commit(claim, commit)) as Outcome<{ offset: number }>;
  await dropRefused(ctx, commit, outcome);
  const { offset } = unwrap(outcome);
  committed(offset);
  return { offset };
}
