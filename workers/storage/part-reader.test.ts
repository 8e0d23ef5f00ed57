import fc from "fast-check";
import { expect, it } from "vitest";
import type { ByteSource } from "./byte-source.ts";
import { PartReader } from "./part-reader.ts";

/** Hands out the chunks in one buffer that it uses again, as request bodies do. */
function reusing(chunks: readonly Uint8Array[]): ByteSource {
  const buffer = new Uint8Array(64);
  let next = 0;
  return {
    size: undefined,
    read() {
      const chunk = chunks[next++];
      if (!chunk) return Promise.resolve(undefined);
      buffer.fill(0xee);
      buffer.set(chunk);
      return Promise.resolve(buffer.subarray(0, chunk.byteLength));
    },
    cancel: () => Promise.resolve(),
    release: () => undefined,
  };
}

it("parts are the source in pieces of exactly the size, whatever its chunks", async () => {
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 64 }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(chunks, fc.integer({ min: 1, max: 100 }), async (given, size) => {
      const reader = new PartReader(reusing(given), size);
      const parts: Uint8Array[] = [];
      for (let part = await reader.next(); part.byteLength > 0; part = await reader.next()) {
        parts.push(part);
        if (part.byteLength < size) break;
      }
      expect(Buffer.concat(parts).equals(Buffer.concat(given))).toBe(true);
      expect(parts.slice(0, -1).every((part) => part.byteLength === size)).toBe(true);
      expect((await reader.next()).byteLength).toBe(0);
    }),
    { numRuns: 300 },
  );
});

it("a failure of the source is the reader's failure", async () => {
  const failing: ByteSource = {
    size: undefined,
    read: () => Promise.reject(new Error("gone")),
    cancel: () => Promise.resolve(),
    release: () => undefined,
  };
  await expect(new PartReader(failing, 10).next()).rejects.toThrow("gone");
});
