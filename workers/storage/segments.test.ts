import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sourceFromBytes } from "./byte-source.ts";
import { EdgeCachedReader } from "./edge-cached-reader.ts";
import { R2BlobStore } from "./r2-blob-store.ts";
import { openSegments, piecesOf } from "./segments.ts";

const sized = fc
  .array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 })
  .map((sizes) => sizes.map((size, i) => ({ key: `blobs/${i}`, size })));
const totalOf = (segments: readonly { size: number }[]) => segments.reduce((sum, segment) => sum + segment.size, 0);
const ranged = sized.chain((segments) =>
  fc.tuple(fc.nat(totalOf(segments)), fc.nat(totalOf(segments))).map(([a, b]) => ({
    segments,
    range: { offset: Math.min(a, b), length: Math.abs(a - b) },
  })),
);

describe("piecesOf", () => {
  it("names exactly the bytes of the range, in order, and no segment that it does not touch", () => {
    fc.assert(
      fc.property(ranged, ({ segments, range }) => {
        const positions = segments.flatMap(({ key, size }) => Array.from({ length: size }, (_, at) => `${key}#${at}`));
        const pieces = piecesOf(segments, range);
        const named = pieces.flatMap(({ key, range: part, length }) =>
          Array.from({ length }, (_, at) => `${key}#${(part?.offset ?? 0) + at}`),
        );
        expect(named).toEqual(positions.slice(range.offset, range.offset + range.length));
        expect(pieces.every((piece) => piece.length > 0)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

const bucket = new R2BlobStore(env.BLOBS);

describe.each([
  ["a bucket", bucket],
  ["a bucket behind the cache", new EdgeCachedReader(bucket)],
])("openSegments of %s", (name, store) => {
  const read = async (stream: ReadableStream<Uint8Array>) => Buffer.from(await new Response(stream).arrayBuffer());

  it("streams exactly the bytes of any range of any segments", async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(ranged, async ({ segments, range }) => {
        const folder = `segments of ${name}/${run++}`;
        const stored = segments.map((segment) => ({ ...segment, key: `${folder}/${segment.key}` }));
        const contents = stored.map(({ size }, i) => new Uint8Array(size).map((_, at) => (i * 41 + at) % 256));
        await Promise.all(stored.map(({ key }, i) => bucket.put(key, sourceFromBytes(contents[i] as Uint8Array))));
        const whole = Buffer.concat(contents);
        const got = await read(await openSegments(store, stored, range));
        expect(got.equals(whole.subarray(range.offset, range.offset + range.length))).toBe(true);
      }),
      { numRuns: 50 },
    );
  }, 20_000);

  it("of nothing is an empty stream", async () => {
    expect((await read(await openSegments(store, [], { offset: 0, length: 0 }))).byteLength).toBe(0);
  });

  it("whose object is missing is unavailable, and breaks the stream when it is a later one", async () => {
    await bucket.put("segments/there", sourceFromBytes(new Uint8Array(10)));
    const missing = { key: "segments/gone", size: 10 };
    await expect(openSegments(store, [missing], { offset: 0, length: 10 })).rejects.toMatchObject({
      code: "unavailable",
    });
    const later = await openSegments(store, [{ key: "segments/there", size: 10 }, missing], { offset: 0, length: 20 });
    await expect(read(later)).rejects.toThrow(/missing/i);
  });
});
