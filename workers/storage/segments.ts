import { RegistryError } from "../../core/errors.ts";
import type { BlobReader, ByteRange } from "./blob-store.ts";
import { type ByteSource, sourceFromStream } from "./byte-source.ts";

/** One stored object of a blob. A blob is its segments one after the other. */
export interface StoredSegment {
  readonly key: string;
  readonly size: number;
}

interface Piece {
  readonly key: string;
  readonly range: ByteRange | undefined;
  readonly length: number;
  /** Bytes of the whole segment. */
  readonly size: number;
}

/** Which parts of which segments make up `range`. */
export function piecesOf(segments: readonly StoredSegment[], range: ByteRange): Piece[] {
  const pieces: Piece[] = [];
  const end = range.offset + range.length;
  let start = 0;
  for (const segment of segments) {
    const from = Math.max(range.offset, start);
    const to = Math.min(end, start + segment.size);
    if (from < to) {
      const whole = to - from === segment.size;
      pieces.push({
        key: segment.key,
        range: whole ? undefined : { offset: from - start, length: to - from },
        length: to - from,
        size: segment.size,
      });
    }
    start += segment.size;
  }
  return pieces;
}

async function open(store: BlobReader, piece: Piece): Promise<ReadableStream<Uint8Array>> {
  const stream = await store.get(piece.key, piece.range, piece.size);
  if (stream) return stream;
  throw new RegistryError("unavailable", "Stored content is missing; the operator has been told.", {
    details: { key: piece.key },
    suggestions: ["Repeat the call later; if it keeps failing, tell the operator the request id."],
  });
}

/**
 * Opens a blob or a range of it as one stream. A blob of one segment (every blob that one request carried) is handed
 * through without a copy; others are joined, one segment open at a time.
 */
export async function openSegments(
  store: BlobReader,
  segments: readonly StoredSegment[],
  range: ByteRange,
): Promise<ReadableStream<Uint8Array>> {
  const pieces = piecesOf(segments, range);
  const [first, ...rest] = pieces;
  if (first === undefined) return new Response("").body as ReadableStream<Uint8Array>;
  const opened = await open(store, first);
  if (rest.length === 0) return opened;
  const { readable, writable } = new FixedLengthStream(range.length);
  void join(store, opened, rest, writable);
  return readable;
}

/**
 * Writes one piece after the other. Not by `pipeTo`, which the runtime does not offer between two transforms: what a
 * cached read hands out is one already.
 */
async function join(
  store: BlobReader,
  first: ReadableStream<Uint8Array>,
  rest: readonly Piece[],
  writable: WritableStream<Uint8Array>,
): Promise<void> {
  const writer = writable.getWriter();
  let source = sourceFromStream(first, undefined);
  try {
    await append(source, writer);
    for (const piece of rest) {
      source = sourceFromStream(await open(store, piece), undefined);
      await append(source, writer);
    }
    await writer.close();
  } catch (error) {
    // The reader sees the stream break short of its Content-Length; a reader that left is no error at all.
    await Promise.allSettled([source.cancel(error), writer.abort(error)]);
  }
}

async function append(source: ByteSource, writer: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
  for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) await writer.write(chunk);
}
