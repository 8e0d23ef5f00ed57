import { describe, expect, it } from "vitest";
import { judgePublish } from "./judge-publish.ts";
import { isLicence, satisfiesOneOf } from "./licences.ts";
import { noDemands } from "./policy.ts";

describe("satisfiesOneOf", () => {
  it.each([
    ["MIT", ["MIT"], true],
    ["MIT", ["Apache-2.0"], false],
    ["MIT OR GPL-2.0-only", ["MIT"], true],
    ["MIT AND ISC", ["MIT"], false],
    ["MIT AND ISC", ["MIT", "ISC"], true],
    ["(MIT OR GPL-3.0-only) AND Apache-2.0", ["MIT", "Apache-2.0"], true],
    ["GPL-2.0-or-later", ["GPL-3.0-only"], true],
    ["Apache-2.0 WITH LLVM-exception", ["Apache-2.0"], false],
    ["SEE LICENSE IN LICENSE.txt", ["MIT"], false],
    ["UNLICENSED", ["MIT"], false],
    ["mit", ["MIT"], false],
    ["", ["MIT"], false],
    ["MIT; DROP TABLE", ["MIT"], false],
    ["MIT", [], false],
  ] as const)("%s under %j: %s", (expression, licences, expected) => {
    expect(satisfiesOneOf(expression, licences)).toBe(expected);
  });

  it("gives up on what would take long to sort out", () => {
    const pairs = Array.from({ length: 40 }, () => "(MIT OR ISC)").join(" AND ");
    const start = performance.now();
    expect(satisfiesOneOf(pairs, ["MIT"])).toBe(false);
    expect(satisfiesOneOf("(".repeat(100_000), ["MIT"])).toBe(false);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe("isLicence", () => {
  it.each([
    ["MIT", true],
    ["GPL-2.0+", true],
    ["Apache-2.0 WITH LLVM-exception", true],
    ["MIT OR ISC", false],
    ["nothing", false],
    ["", false],
  ] as const)("%s: %s", (text, expected) => expect(isLicence(text)).toBe(expected));
});

describe("judgePublish", () => {
  const policy = { ...noDemands, licences: ["MIT"] };

  it("refuses licences that are not taken, and content that states none", () => {
    expect(judgePublish(policy, { licence: "MIT" }).refused).toEqual([]);
    for (const licence of ["GPL-3.0-only", null])
      expect(judgePublish(policy, { licence }).refused.map(({ code }) => code)).toEqual(["licence"]);
    expect(judgePublish(noDemands, { licence: null })).toEqual({ refused: [], held: [] });
  });

  it("holds everything where a second person has to agree", () => {
    const verdict = judgePublish({ ...policy, approval: true }, { licence: "MIT" });
    expect(verdict.held.map(({ code }) => code)).toEqual(["approval"]);
  });
});
