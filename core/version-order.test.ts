import fc from "fast-check";
import semver from "semver";
import { describe, expect, it } from "vitest";
import { precedenceOf, spansOf } from "./version-order.ts";
import { isRange, latestOf, maxSatisfying, type Version } from "./versions.ts";

const number = fc.oneof(fc.nat(3), fc.nat(12), fc.constantFrom(Number.MAX_SAFE_INTEGER, 99, 100));
const identifier = fc.oneof(
  fc.nat(12).map(String),
  fc.constantFrom("a", "alpha", "alpha-x", "alphabet", "beta", "A", "-", "0a", "--1", "90071992547409910"),
);
const prerelease = fc.oneof(
  fc.constant(""),
  fc.array(identifier, { minLength: 1, maxLength: 3 }).map((parts) => `-${parts.join(".")}`),
);
const version = fc.tuple(number, number, number, prerelease).map(([a, b, c, pre]) => `${a}.${b}.${c}${pre}` as Version);
const versions = fc.uniqueArray(version, { maxLength: 12 });

const comparator = fc
  .tuple(fc.constantFrom("", "^", "~", ">", ">=", "<", "<=", "="), version)
  .map(([operator, bound]) => `${operator}${bound}`);
const simple = fc.oneof(
  comparator,
  fc.tuple(comparator, comparator).map((both) => both.join(" ")),
  fc.tuple(version, version).map((both) => both.join(" - ")),
  fc.constantFrom("*", "", "1", "1.x", "0.0", ">1", "<0.0.0-0", ">=1.2 <3", "x", "~0"),
);
// `^9007199254740991.0.0` asks for a number that does not exist, and is no range.
const range = fc
  .array(simple, { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join(" || "))
  .filter(isRange);

/** As an index would answer: the two last of a span. */
function topOf(all: readonly Version[], { from, to }: { from: string; to: string }): Version[] {
  return all
    .filter((one) => precedenceOf(one) >= from && precedenceOf(one) <= to)
    .toSorted((a, b) => (precedenceOf(a) < precedenceOf(b) ? 1 : -1))
    .slice(0, 2);
}

describe("precedences", () => {
  it("order each kind of version as semver does, prereleases before stable ones", () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        const kind = (one: string) => (one.includes("-") ? 0 : 1);
        const expected = kind(a) - kind(b) || semver.compare(a, b);
        const [left, right] = [precedenceOf(a), precedenceOf(b)];
        expect(Math.sign(expected)).toBe(left < right ? -1 : left > right ? 1 : 0);
      }),
      { numRuns: 3000 },
    );
  });

  it("the last one belongs to the version that latest follows", () => {
    fc.assert(
      fc.property(versions, (all) => {
        expect(topOf(all, { from: "", to: "~" })[0]).toBe(latestOf(all));
      }),
      { numRuns: 500 },
    );
  });
});

describe("spans of a range", () => {
  it("lead to the version that semver chooses among all", () => {
    fc.assert(
      fc.property(versions, range, (all, text) => {
        const candidates = spansOf(text).flatMap((span) => topOf(all, span));
        expect(maxSatisfying(candidates, text)).toBe(maxSatisfying(all, text));
      }),
      { numRuns: 5000 },
    );
  });

  it("hold nothing that lies between their ends and is not allowed", () => {
    fc.assert(
      fc.property(version, range, (one, text) => {
        const key = precedenceOf(one);
        if (spansOf(text).some(({ from, to }) => key > from && key < to))
          expect(semver.satisfies(one, text)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});
