import { RegistryError } from "../../core/errors.ts";
import type { Chunk } from "../domains/blobs/index.ts";
import { bodyTooLarge } from "../limits/index.ts";
import type { SurfaceContext } from "./surface.ts";

function contentLength(c: SurfaceContext): number | undefined {
  const header = c.req.header("content-length");
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}

/**
 * The bytes that a request carries. Errors: `range_invalid` for a Content-Range of another form, `payload_too_large`.
 */
export function chunkOf(c: SurfaceContext): Chunk {
  const header = c.req.header("content-range");
  const size = contentLength(c);
  const limit = c.get("ctx").settings.maxBody;
  if (limit !== undefined && size !== undefined && size > limit) throw bodyTooLarge(limit, size);
  const body = c.req.raw.body as ReadableStream<Uint8Array> | null;
  if (header === undefined) return { body, size, range: undefined };
  // The distribution-spec writes it without a unit; `bytes ` in front is a common slip and harmless.
  const [, first, last] = /^(?:bytes )?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(header) ?? [];
  const start = Number(first);
  const length = Number(last) - start + 1;
  // An empty last chunk has no inclusive range; clients then send START-START or START-(START-1).
  if (first !== undefined && size === 0) return { body, size, range: { start, length: 0 } };
  if (first !== undefined && length > 0) return { body, size, range: { start, length } };
  throw new RegistryError("range_invalid", "The Content-Range is not of the form <first>-<last>.", {
    suggestions: ["Send the positions of the first and the last byte, both inclusive, without a unit."],
  });
}
