import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesEtag, parseRange } from "./ranges.ts";

const size = fc.integer({ min: 0, max: 1000 });
const position = fc.oneof(fc.nat(1100), fc.constantFrom(0, 1, 999, 1000, 9_007_199_254_740_991));

describe("parseRange", () => {
  it("first-last is what lies inside of it, and unsatisfiable when nothing does", () => {
    fc.assert(
      fc.property(size, position, position, (length, first, last) => {
        const inside = Array.from({ length }, (_, at) => at).filter((at) => at >= first && at <= last);
        const parsed = parseRange(`bytes=${first}-${last}`, length);
        if (inside.length === 0) expect(parsed).toBe("unsatisfiable");
        else expect(parsed).toEqual({ offset: inside[0], length: inside.length });
      }),
      { numRuns: 500 },
    );
  });

  it("first- goes to the end, -n is the last n", () => {
    fc.assert(
      fc.property(size, position, (length, number) => {
        const from = parseRange(`bytes=${number}-`, length);
        expect(from).toEqual(number < length ? { offset: number, length: length - number } : "unsatisfiable");
        const suffix = parseRange(`bytes=-${number}`, length);
        const count = Math.min(number, length);
        expect(suffix).toEqual(count > 0 ? { offset: length - count, length: count } : "unsatisfiable");
      }),
      { numRuns: 300 },
    );
  });

  it("anything else is no range, and nothing throws", () => {
    const others = [
      "",
      "bytes",
      "bytes=",
      "bytes=-",
      "bytes=a-b",
      "bytes=1-2,3-4",
      "bits=1-2",
      "bytes = 1-2",
      "bytes=1--2",
      "bytes=99999999999999999-",
    ];
    for (const header of others) expect(parseRange(header, 100)).toBeUndefined();
    expect(parseRange(undefined, 100)).toBeUndefined();
    fc.assert(
      fc.property(fc.string(), size, (header, length) => {
        const parsed = parseRange(header, length);
        if (typeof parsed !== "object") return;
        expect(parsed.offset + parsed.length).toBeLessThanOrEqual(length);
        expect(parsed.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });
});

describe("matchesEtag", () => {
  const etag = '"sha256:abc"';
  it.each([etag, `W/${etag}`, `"other", ${etag}`, `"other",W/${etag} `, "*", " * "])("%s matches", (header) => {
    expect(matchesEtag(header, etag)).toBe(true);
  });
  it.each(["", '"other"', "sha256:abc", "W/", '"sha256:ab"', '"sha256:abcd"', "**"])("%s does not", (header) => {
    expect(matchesEtag(header, etag)).toBe(false);
  });
  it("nothing does not", () => {
    expect(matchesEtag(undefined, etag)).toBe(false);
  });
});
