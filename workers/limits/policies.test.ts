import { expect, it } from "vitest";
import { parsePolicies } from "./policies.ts";

it("nothing said means the defaults; what is named replaces its default and nothing else", () => {
  const defaults = parsePolicies(undefined);
  expect(defaults.publish).toEqual({ limit: 10, window: 60_000, burst: 100, counting: "exact" });
  expect(parsePolicies("publish=3/2h:7 read=off")).toEqual({
    ...defaults,
    publish: { limit: 3, window: 7_200_000, burst: 7, counting: "exact" },
    read: undefined,
  });
  expect(parsePolicies(" write=5/1s, sign-in=1/1m ").write).toMatchObject({ limit: 5, window: 1000, burst: 5 });
});

it("off switches everything off", () => {
  expect(Object.values(parsePolicies("off")).every((policy) => policy === undefined)).toBe(true);
});

it.each(["read", "read=", "read=0/1m", "read=1/0m", "read=1/1d", "reed=1/1m", "read=1/1m:0", "__proto__=off"])(
  "%s is refused by name",
  (word) => {
    expect(() => parsePolicies(word)).toThrow(`"${word}"`);
  },
);
