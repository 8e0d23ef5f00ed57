import { type Outcome, unwrap } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import type { UploadClaim } from "../../objects/upload-session/index.ts";
import { type Chunk, isEmpty } from "./chunk.ts";
import { dropRefused, storeSegment } from "./store-segment.ts";

/**
 * Adds bytes to the session of an upload and returns where it stands then. Without a range they go wherever it stands.
 * Errors: `upload_unknown`, `range_invalid` (details.offset), `size_invalid`, `upload_busy`.
 */
export async function appendToSession(
  ctx: Context,
  claim: UploadClaim,
  id: string,
  chunk: Chunk,
): Promise<{ offset: number }> {
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
