import fc from "fast-check";
import { expect, it } from "vitest";
import { matchesPattern } from "./pattern.ts";

it.each([
  ["*", "", true],
  ["*", "anything", true],
  ["", "", true],
  ["", "a", false],
  ["v*", "v1.2", true],
  ["v*", "1.2", false],
  ["*-rc", "2.0-rc", true],
  ["*-rc", "2.0-rc1", false],
  ["pr-?", "pr-7", true],
  ["pr-?", "pr-77", false],
  ["a*b*c", "a-b-b-c", true],
  ["a*b*c", "a-b-b-d", false],
  ["1.*", "1.2", true],
  ["1.*", "102", false],
  ["**", "x", true],
])("%s on %s: %s", (pattern, name, matches) => {
  expect(matchesPattern(pattern, name)).toBe(matches);
});

it("agrees with a regular expression that says the same", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", ".", "-"), maxLength: 8 });
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", ".", "-", "*", "?"), maxLength: 6 });
  fc.assert(
    fc.property(pattern, letters, (wanted, name) => {
      const source = wanted.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".");
      expect(matchesPattern(wanted, name)).toBe(new RegExp(`^${source}$`).test(name));
    }),
  );
});

it("takes no time for a pattern that is made to take it", () => {
  expect(matchesPattern("*a".repeat(64), `${"a".repeat(127)}b`)).toBe(false);
});
