import fc from "fast-check";
import semver from "semver";
import { describe, expect, it } from "vitest";
import { isRange, isVersion, latestOf, maxSatisfying, parseVersion, sortDescending, type Version } from "./versions.ts";

const number = fc.nat(20);
const prerelease = fc.constantFrom("", "-rc.1", "-rc.10", "-alpha", "-0");
const version = fc.tuple(number, number, number, prerelease).map(([a, b, c, pre]) => `${a}.${b}.${c}${pre}` as Version);
const versions = fc.uniqueArray(version, { maxLength: 12 });

describe("a version that can be published", () => {
  it.each(["0.0.0", "1.2.3", "1.2.3-rc.1", "10.20.30-alpha-1.x"])("%s is one", (text) =>
    expect(parseVersion(text)).toBe(text),
  );
  it.each([
    "",
    "1",
    "1.2",
    "v1.2.3",
    "=1.2.3",
    "01.2.3",
    "1.2.3+b",
    "1.2.3-",
    "1.2.3-01",
    " 1.2.3",
    "latest",
    `1.2.${"3".repeat(200)}`,
  ])("%j is none, and the refusal says what to write", (text) => {
    expect(isVersion(text)).toBe(false);
    expect(() => parseVersion(text)).toThrow(
      expect.objectContaining({ code: "version_invalid", suggestions: expect.arrayContaining([expect.any(String)]) }),
    );
  });

  it("is exactly what semver calls canonical, without build metadata", () => {
    fc.assert(
      fc.property(fc.oneof(version, fc.stringMatching(/^[0-9a-z.+-]{0,14}$/)), (text) => {
        expect(isVersion(text)).toBe(semver.valid(text) === text && !text.includes("+"));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("choosing among versions", () => {
  it("latest is the highest stable one, or the highest of all when none is stable", () => {
    fc.assert(
      fc.property(versions, (all) => {
        const stable = all.filter((one) => !one.includes("-"));
        const pool = stable.length > 0 ? stable : all;
        const latest = latestOf(all);
        if (all.length === 0) {
          expect(latest).toBeUndefined();
          return;
        }
        expect(pool).toContain(latest);
        expect(pool.every((one) => semver.gte(latest ?? "", one))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("sorting is semantic, highest first, and leaves its argument alone", () => {
    fc.assert(
      fc.property(versions, (all) => {
        const before = [...all];
        const sorted = sortDescending(all);
        expect(all).toEqual(before);
        expect([...sorted].toSorted()).toEqual([...all].toSorted());
        for (const [i, one] of sorted.slice(1).entries()) expect(semver.gt(sorted[i] ?? "", one)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("a range picks the highest inside; a prerelease only when the range names one of the same version", () => {
    fc.assert(
      fc.property(versions, number, number, (all, major, minor) => {
        for (const range of [
          `^${major}.${minor}.0`,
          `~${major}.${minor}`,
          `${major}.x`,
          "*",
          `>=${major}.0.0 <${major + 3}.0.0`,
        ]) {
          const inside = all.filter((one) => semver.satisfies(one, range));
          const chosen = maxSatisfying(all, range);
          if (inside.length === 0) expect(chosen).toBeUndefined();
          else expect(inside.every((one) => semver.gte(chosen ?? "", one))).toBe(true);
          if (chosen && !range.includes("-")) expect(chosen).not.toContain("-");
        }
      }),
      { numRuns: 200 },
    );
  });

  it.each(["^1", "1.x", "*", ">=1 <2 || 3", "1.0.0 - 2.0.0", ""])("%j is a range", (text) =>
    expect(isRange(text)).toBe(true),
  );
  it.each(["latest", "not a range", "^^1", "sha256:abc"])("%j is none", (text) => expect(isRange(text)).toBe(false));
});
