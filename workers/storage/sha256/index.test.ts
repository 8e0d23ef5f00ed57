import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ResumableSha256 } from "./index.ts";

const expected = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** Bytes with places to cut them; lengths around the block (64) and the input window (65,536) come often. */
const cutBytes = fc
  .oneof(
    fc.nat(300),
    fc.constantFrom(55, 56, 63, 64, 65, 119, 120, 127, 128, 65_535, 65_536, 65_537, 131_072),
    fc.nat(200_000),
  )
  .chain((length) =>
    fc.record({
      bytes: fc.uint8Array({ minLength: Math.min(length, 64), maxLength: Math.min(length, 64) }).map((seed) => {
        const bytes = new Uint8Array(length);
        for (let i = 0; i < length; i++) bytes[i] = (seed[i % seed.length] ?? 0) ^ (i >> 6);
        return bytes;
      }),
      cuts: fc.array(fc.nat(length), { maxLength: 8 }).map((cuts) => [0, ...cuts, length].toSorted((a, b) => a - b)),
    }),
  );

describe("a hash that stops and goes on elsewhere", () => {
  it("is node's SHA-256 for any bytes and any way of cutting them", () => {
    fc.assert(
      fc.property(cutBytes, ({ bytes, cuts }) => {
        let state: Uint8Array | undefined;
        for (const [i, start] of cuts.slice(0, -1).entries()) {
          const hash = new ResumableSha256(state);
          hash.update(bytes.subarray(start, cuts[i + 1]));
          state = hash.state();
        }
        expect(hex(new ResumableSha256(state).digest())).toBe(expected(bytes));
      }),
      { numRuns: 300 },
    );
  });

  it("is not disturbed by other hashes of the isolate that run in between", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ which: fc.nat(2), piece: fc.uint8Array({ maxLength: 200 }) }), { maxLength: 40 }),
        (steps) => {
          const hashes = [0, 1, 2].map(() => ({ resumable: new ResumableSha256(), native: createHash("sha256") }));
          for (const { which, piece } of steps) {
            hashes[which]?.resumable.update(piece);
            hashes[which]?.native.update(piece);
          }
          for (const { resumable, native } of hashes) expect(hex(resumable.digest())).toBe(native.digest("hex"));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("can be read at any moment and updated further", () => {
    const hash = new ResumableSha256();
    expect(hex(hash.digest())).toBe(expected(new Uint8Array(0)));
    hash.update(Buffer.from("abc"));
    expect(hex(hash.digest())).toBe(expected(Buffer.from("abc")));
    hash.update(Buffer.from("def"));
    expect(hex(hash.digest())).toBe(expected(Buffer.from("abcdef")));
  });

  it("keeps its state to itself: what was handed out does not change", () => {
    const hash = new ResumableSha256();
    hash.update(Buffer.from("abc"));
    const state = hash.state();
    hash.update(Buffer.from("more"));
    state.fill(1, 100);
    const again = new ResumableSha256();
    again.update(Buffer.from("abcmore"));
    expect(hex(hash.digest())).toBe(hex(again.digest()));
  });

  it("refuses a state of another size", () => {
    expect(() => new ResumableSha256(new Uint8Array(111))).toThrow(TypeError);
  });
});
