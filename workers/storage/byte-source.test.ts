import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sourceFromBytes, sourceFromStream, TruncatedBodyError } from "./byte-source.ts";

/** A byte stream of the runtime, as a request's body is one. */
function bodyOf(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  const { readable, writable } = new IdentityTransformStream();
  void (async () => {
    const writer = writable.getWriter();
    for (const chunk of chunks) await writer.write(chunk);
    await writer.close();
  })();
  return readable as ReadableStream<Uint8Array>;
}

async function drained(source: ReturnType<typeof sourceFromStream>): Promise<Buffer> {
  const read: Uint8Array[] = [];
  for (let chunk = await source.read(); chunk; chunk = await source.read()) read.push(chunk.slice());
  return Buffer.concat(read);
}

describe("a request body as a source", () => {
  it("has all bytes in order, and the observer sees the same", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 500 }), { maxLength: 10 }), async (chunks) => {
        const seen: Uint8Array[] = [];
        const whole = Buffer.concat(chunks);
        const source = sourceFromStream(bodyOf(chunks), whole.byteLength, (chunk) => seen.push(chunk.slice()));
        expect((await drained(source)).equals(whole)).toBe(true);
        expect(Buffer.concat(seen).equals(whole)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it("that ends before its stated length is truncated, never short", async () => {
    await expect(drained(sourceFromStream(bodyOf([new Uint8Array(10)]), 11))).rejects.toBeInstanceOf(
      TruncatedBodyError,
    );
    await expect(drained(sourceFromStream(bodyOf([]), 1))).rejects.toBeInstanceOf(TruncatedBodyError);
  });

  it("of a request without one is empty", async () => {
    expect((await drained(sourceFromStream(null, undefined))).byteLength).toBe(0);
  });
});

it("bytes in memory are handed out once", async () => {
  const source = sourceFromBytes(Buffer.from("abc"));
  expect(Buffer.from((await source.read()) ?? []).toString()).toBe("abc");
  expect(await source.read()).toBeUndefined();
  expect(await sourceFromBytes(new Uint8Array(0)).read()).toBeUndefined();
});
