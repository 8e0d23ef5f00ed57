import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Digest } from "../digests.ts";
import { evaluateRetention, type RetainedArtifact, type RetainedTag } from "./evaluate.ts";
import { matchesPattern } from "./pattern.ts";
import { durationMs, type RetentionPolicy, retentionPolicySchema } from "./policy.ts";

const day = 86_400_000;
const now = 1_000 * day;
const digest = (n: number) => `sha256:${String(n).padStart(64, "0")}` as Digest;

interface Given {
  age: number;
  pulled?: number;
  version?: string;
  on?: number;
}

/** Tags by name with their ages in days. */
function artifact(given: Record<string, Given>, subjects: Digest[] = []): RetainedArtifact {
  const tags = Object.entries(given).map(([tag, { age, pulled, version, on }], index) => ({
    tag,
    digest: digest(on ?? index),
    pushedAt: now - age * day,
    pulledAt: pulled === undefined ? null : now - pulled * day,
    version: version ?? null,
  }));
  return { tags, loose: [], subjects: new Set(subjects) };
}

const policy = (...rules: object[]) => retentionPolicySchema.parse({ rules });
const gone = (wanted: RetentionPolicy, what: RetainedArtifact) =>
  evaluateRetention(wanted, what, now)
    .filter(({ keep }) => !keep)
    .map(({ tag, digest: loose }) => tag ?? loose);

describe("rules", () => {
  const builds = { "b-1": { age: 9 }, "b-2": { age: 5 }, "b-3": { age: 1 }, stable: { age: 99 } };

  it("keep the last ones by the time of their push, and what no rule matches", () => {
    expect(gone(policy({ tags: ["b-*"], keepLast: 2 }), artifact(builds))).toEqual(["b-1"]);
  });

  it("keep what any of their criteria keeps", () => {
    const rule = { tags: ["b-*"], keepLast: 1, pushedWithin: "6d" };
    expect(gone(policy(rule), artifact(builds))).toEqual(["b-1"]);
  });

  it("keep what any rule keeps", () => {
    const rules = [
      { tags: ["b-*"], keepLast: 0 },
      { tags: ["*-1"], keepLast: 1 },
    ];
    expect(gone(policy(...rules), artifact(builds))).toEqual(["b-2", "b-3"]);
  });

  it("take a push for the first use", () => {
    const rule = { tags: ["*"], pulledWithin: "7d" };
    const tags = { new: { age: 1 }, used: { age: 50, pulled: 3 }, unused: { age: 50, pulled: 30 }, never: { age: 50 } };
    expect(gone(policy(rule), artifact(tags))).toEqual(["unused", "never"]);
  });

  it.each([
    ["latest and what it names", { latest: { age: 9, on: 7 }, "1.0.0": { age: 9, on: 7, version: "published" } }],
    ["yanked versions", { "1.0.0": { age: 9, version: "yanked" } }],
    ["quarantined versions", { "1.0.0": { age: 9, version: "quarantined" } }],
    ["signatures of what is here", { [`sha256-${"0".repeat(64)}.sig`]: { age: 9, on: 5 } }],
  ])("never touch %s", (_, given) => {
    expect(gone(policy({ tags: ["*"], versions: true, keepLast: 0 }), artifact(given, [digest(0)]))).toEqual([]);
  });

  it("remove signatures of what is not here any more", () => {
    const tag = `sha256-${"0".repeat(64)}.sig`;
    expect(gone(policy({ tags: ["*"], keepLast: 0 }), artifact({ [tag]: { age: 9 } }))).toEqual([tag]);
  });

  it("touch versions only when they say so, and do not count what they may not touch", () => {
    const given = {
      "1.0.0": { age: 9, version: "published" },
      "1.1.0": { age: 8, version: "deprecated" },
      edge: { age: 7 },
    };
    expect(gone(policy({ tags: ["*"], keepLast: 0 }), artifact(given))).toEqual(["edge"]);
    expect(gone(policy({ tags: ["1.*"], versions: true, keepLast: 1 }), artifact(given))).toEqual(["1.0.0"]);
    const latest = { ...given, latest: { age: 9, on: 1 } };
    expect(gone(policy({ tags: ["*"], versions: true, keepLast: 1 }), artifact(latest))).toEqual(["1.0.0"]);
  });
});

it("manifests without a tag stay unless the policy says for how long, counted from their last use", () => {
  const loose = [
    { digest: digest(1), pushedAt: now - 40 * day, pulledAt: null },
    { digest: digest(2), pushedAt: now - 40 * day, pulledAt: now - day },
    { digest: digest(3), pushedAt: now - day, pulledAt: null },
  ];
  const what = { ...artifact({}), loose };
  expect(gone(policy(), what)).toEqual([]);
  expect(gone(retentionPolicySchema.parse({ rules: [], untagged: { unusedFor: "30d" } }), what)).toEqual([digest(1)]);
});

it.each([
  [{ rules: [{ tags: ["*"] }] }, "keepLast"],
  [{ rules: [{ tags: [], keepLast: 1 }] }, "tags"],
  [{ rules: [{ tags: ["*"], pushedWithin: "soon" }] }, "36h"],
  [{ rules: [{ tags: ["*"], keepLst: 1 }] }, "keepLst"],
  [{ rules: [{ tags: ["*"], keepLast: -1 }] }, "keepLast"],
  [{ rules: [1, 2].map(() => ({ tags: Array(5).fill("*".repeat(128)), keepLast: 1 })) }, "1000"],
])("refuses %j", (json, told) => {
  expect(JSON.stringify(retentionPolicySchema.safeParse(json).error?.issues)).toContain(told);
});

const names = ["latest", "edge", "b-1", "b-2", "b-3", "b-4", "1.0.0", "1.1.0", "2.0.0-rc.1"];
const tagArbitrary = fc.record({
  tag: fc.constantFrom(...names),
  digest: fc.nat(5).map(digest),
  pushedAt: fc.nat(100).map((age) => now - age * day),
  pulledAt: fc.option(fc.nat(100).map((age) => now - age * day)),
  version: fc.constantFrom("published", "deprecated", "yanked"),
});
const ruleArbitrary = fc
  .record({
    tags: fc.subarray(["*", "b-*", "1.*", "edge", "*-?"], { minLength: 1 }),
    versions: fc.boolean(),
    keepLast: fc.option(fc.nat(4), { nil: undefined }),
    pushedWithin: fc.option(fc.constantFrom("10d", "50d"), { nil: undefined }),
    pulledWithin: fc.option(fc.constantFrom("10d", "50d"), { nil: undefined }),
  })
  .filter(({ keepLast, pushedWithin, pulledWithin }) => (keepLast ?? pushedWithin ?? pulledWithin) !== undefined);

it("what goes is what every rule that matches it lets go, and every rule's last ones are still there", () => {
  const artifacts = fc
    .uniqueArray(tagArbitrary, { selector: ({ tag }) => tag })
    .map((tags): RetainedTag[] => tags.map((tag) => ({ ...tag, version: /^\d/.test(tag.tag) ? tag.version : null })));
  fc.assert(
    fc.property(fc.array(ruleArbitrary, { maxLength: 3 }), artifacts, (rules, tags) => {
      const verdicts = evaluateRetention({ rules }, { tags, loose: [], subjects: new Set() }, now);
      expect(verdicts.map(({ tag }) => tag)).toEqual(tags.map(({ tag }) => tag));
      const keeps = new Map(verdicts.map(({ tag, keep }) => [tag, keep]));
      const latest = tags.find(({ tag }) => tag === "latest")?.digest;
      for (const tag of tags) {
        const free = tag.digest !== latest && tag.version !== "yanked";
        const ruling = rules.filter(
          (rule) => (rule.versions || tag.version === null) && rule.tags.some((one) => matchesPattern(one, tag.tag)),
        );
        if (keeps.get(tag.tag) === false) {
          expect(free && ruling.length > 0).toBe(true);
          for (const { keepLast = 0, pushedWithin, pulledWithin } of ruling) {
            if (pushedWithin) expect(now - tag.pushedAt).toBeGreaterThanOrEqual(durationMs(pushedWithin));
            if (pulledWithin && tag.pulledAt !== null)
              expect(now - tag.pulledAt).toBeGreaterThanOrEqual(durationMs(pulledWithin));
            const newer = tags.filter((other) => other.pushedAt >= tag.pushedAt && other.tag !== tag.tag);
            expect(newer.length).toBeGreaterThanOrEqual(keepLast);
          }
        } else if (free) {
          const kept = ruling.length === 0 || ruling.some((rule) => mightKeep(rule, tag, tags));
          expect(kept).toBe(true);
        }
      }
    }),
    { numRuns: 500 },
  );
});

/** A kept tag has a rule that keeps it: by a time, or because fewer than `keepLast` newer ones of that rule exist. */
function mightKeep(rule: RetentionPolicy["rules"][number], tag: RetainedTag, tags: readonly RetainedTag[]): boolean {
  const within = (time: number, text: string | undefined) => text !== undefined && now - time < durationMs(text);
  if (within(tag.pushedAt, rule.pushedWithin)) return true;
  if (within(Math.max(tag.pushedAt, tag.pulledAt ?? 0), rule.pulledWithin)) return true;
  const newer = tags.filter(
    (other) => other.pushedAt > tag.pushedAt && rule.tags.some((one) => matchesPattern(one, other.tag)),
  );
  const latest = tags.find((other) => other.tag === "latest")?.digest;
  const counted = newer.filter(
    (other) => other.digest !== latest && other.version !== "yanked" && (rule.versions || other.version === null),
  );
  return rule.keepLast !== undefined && counted.length < rule.keepLast;
}
