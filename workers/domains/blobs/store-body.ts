import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { bodyTooLarge } from "../../limits/index.ts";
import { sourceFromStream, TruncatedBodyError } from "../../storage/byte-source.ts";
import { type Chunk, wrongLength } from "./chunk.ts";

/**
 * Streams what a request carries into the store under `key` and returns its length; `observe` sees the bytes on the way.
 * `offset` is where the upload stands, for whoever has to send again. On failure nothing of it is left.
 * Errors: `size_invalid` for a body that is not as long as stated, `payload_too_large`, `unavailable`.
 */
export async function storeBody(
  ctx: Context,
  key: string,
  chunk: Chunk,
  offset: number,
  observe: (bytes: Uint8Array) => void,
): Promise<number> {
  // A body of unknown length is only found to be too large on its way.
  const limit = chunk.size === undefined ? ctx.settings.maxBody : undefined;
  let received = 0;
  const source = sourceFromStream(chunk.body, chunk.size, (bytes) => {
    received += bytes.byteLength;
    if (limit !== undefined && received > limit) throw bodyTooLarge(limit);
    observe(bytes);
  });
  let size: number;
  try {
    size = await ctx.blobs.put(key, source);
  } catch (error) {
    // Whoever answers has to read the rest first, or the client never sees the answer.
    source.release();
    if (!(error instanceof TruncatedBodyError)) throw error;
    throw new RegistryError("size_invalid", `The upload broke off: ${error.message}.`, {
      cause: error,
      details: { offset },
      suggestions: ["Send the chunk again from the same offset."],
    });
  }
  if (chunk.range && chunk.range.length !== size) {
    await ctx.blobs.delete([key]);
    throw wrongLength(chunk.range.length, size);
  }
  return size;
}
