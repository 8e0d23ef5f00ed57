import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isOneEdit, looksLike, qualifiedLooksLike } from "./look-alike.ts";

const word = fc.stringMatching(/^[a-d]{0,6}$/);

/** The same judgement by the whole table of distances. */
function distance(one: string, other: string): number {
  const rows = Array.from({ length: one.length + 1 }, (_, i) =>
    Array.from({ length: other.length + 1 }, (__, j) => (i === 0 ? j : j === 0 ? i : 0)),
  );
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= one.length; i++)
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      let least = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same);
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1])
        least = Math.min(least, at(i - 2, j - 2) + 1);
      (rows[i] as number[])[j] = least;
    }
  return at(one.length, other.length);
}

describe("isOneEdit", () => {
  it("is Damerau and Levenshtein's distance 1, whatever the words", () => {
    fc.assert(
      fc.property(word, word, (one, other) => {
        expect(isOneEdit(one, other)).toBe(distance(one, other) === 1);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("looksLike", () => {
  it.each([
    ["lodahs", "lodash", true],
    ["loadsh", "lodash", true],
    ["lodas", "lodash", true],
    ["lodassh", "lodash", true],
    ["lodash", "lodash", false],
    ["preact", "react", true],
    ["car", "cat", false],
    ["llama2", "llama3", false],
    ["llama-2-7b", "llama-3-8b", false],
    ["user-auth", "user-data", false],
  ])("%s beside %s: %s", (one, other, expected) => expect(looksLike(one, other)).toBe(expected));
});

describe("qualifiedLooksLike", () => {
  const known = { handle: "krishna", name: "user-auth" };
  it.each([
    ["the same name of somebody else", { handle: "bob", name: "user-auth" }, false],
    ["the same name under a handle that looks alike", { handle: "krlshna", name: "user-auth" }, true],
    ["another name that looks alike", { handle: "bob", name: "userauth" }, true],
    ["another name of the same handle", { handle: "krishna", name: "userauth" }, false],
  ])("%s", (_, one, expected) => expect(qualifiedLooksLike(one, known)).toBe(expected));
});
