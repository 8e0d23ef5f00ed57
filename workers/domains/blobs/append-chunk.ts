import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { appendToSession } from "./append-to-session.ts";
import { appendWhole } from "./append-whole.ts";
import { assertConsistent, type Chunk, isEmpty } from "./chunk.ts";
import { handOver } from "./hand-over.ts";
import type { UploadReference } from "./opening.ts";
import { uploadClaim } from "./upload-session.ts";

/** Where an upload stands, and the name by which it goes on. */
export interface UploadStanding {
  readonly upload: UploadReference;
  /** Bytes so far. */
  readonly offset: number;
}

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
): Promise<UploadStanding> {
  assertConsistent(chunk);
  const claim = uploadClaim(ctx, parts, upload);
  const { id } = upload;
  if (claim.opening && !chunk.range && !isEmpty(chunk)) return appendWhole(ctx, claim, upload, chunk);
  // What one PATCH stored may be only the beginning.
  if (claim.opening && chunk.range?.start !== 0) await handOver(ctx, claim, id);
  const { offset } = await appendToSession(ctx, claim, id, chunk);
  // From here on the session itself knows that it was opened.
  return { upload: { id }, offset };
}
