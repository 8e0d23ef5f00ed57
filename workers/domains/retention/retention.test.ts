import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { unwrap } from "../../../core/errors.ts";
import type { Digest } from "../../../core/digests.ts";
import type { ArtifactName } from "../../../core/identifiers.ts";
import { type RetentionPolicy, retentionPolicySchema } from "../../../core/retention/policy.ts";
import type { Version } from "../../../core/versions.ts";
import type { GraphEvent } from "../../objects/namespace-graph/events.ts";
import { scheduled } from "../../scheduled.ts";
import { freshNamespace, publication, rows } from "../../testing/graph.ts";
import { operatorContext } from "../../testing/verify.ts";
import { auditNote } from "../audit/index.ts";
import { planArtifact } from "./plan-artifact.ts";
import { retireArtifact } from "./retire-artifact.ts";
import { runRetentionRound } from "./run-round.ts";
import { putPolicy } from "./store.ts";

// Each test walks through everything that the tests before it made.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

type Space = Awaited<ReturnType<typeof freshNamespace>>;
const day = 86_400_000;
let space: Space;

beforeEach(async () => {
  space = await freshNamespace();
});

const run = (sql: string, ...values: unknown[]) =>
  env.DB.prepare(sql)
    .bind(...values)
    .run();
const policy = (rules: object[], more: object = {}) => retentionPolicySchema.parse({ rules, ...more });
const everything = policy([{ tags: ["*"], versions: true, keepLast: 0 }], { untagged: { unusedFor: "1h" } });

async function publish(of: Space, content: string, more: Parameters<typeof publication>[1] = {}) {
  const input = await publication(content, more);
  const objectKey = `manifests/${crypto.randomUUID()}`;
  unwrap(
    await of.run("publishManifest", {
      ...input,
      manifest: { ...input.manifest, objectKey, references: input.children },
    }),
  );
  return input.manifest.digest;
}

async function tagsOf(of: Space, name = "thing"): Promise<string[]> {
  const found = await rows<{ tag: string }>(
    "SELECT t.tag FROM tags t JOIN artifacts a ON a.id = t.artifact_id WHERE a.namespace_id = ? AND a.name = ? ORDER BY t.tag",
    of.origin.namespaceId,
    name,
  );
  return found.map(({ tag }) => tag);
}
const digestsOf = async (of: Space) =>
  (
    await rows<{ digest: string }>(
      "SELECT digest FROM manifests m JOIN artifacts a ON a.id = m.artifact_id WHERE a.namespace_id = ? ORDER BY digest",
      of.origin.namespaceId,
    )
  ).map(({ digest }) => digest);

/** The artifact's verdicts `days` from now. */
async function plan(wanted: RetentionPolicy, days = 1, name = "thing") {
  const [artifact] = await rows<{ id: string }>(
    "SELECT id FROM artifacts WHERE namespace_id = ? AND name = ?",
    space.origin.namespaceId,
    name,
  );
  return planArtifact(
    operatorContext(() => Date.now() + days * day),
    artifact?.id ?? "",
    wanted,
  );
}
const going = (verdicts: Awaited<ReturnType<typeof plan>>) =>
  verdicts.filter(({ keep }) => !keep).map(({ tag, digest }) => tag ?? digest);
const retire = async (verdicts: Awaited<ReturnType<typeof plan>>, name = "thing") =>
  retireArtifact(operatorContext(), space.origin, name, verdicts);

const setPolicy = (of: Space, wanted: RetentionPolicy, artifact = "") =>
  putPolicy(
    env.DB,
    of.origin.namespaceId,
    { artifact, policy: wanted, updatedBy: of.origin.userId, updatedAt: new Date() },
    auditNote(operatorContext(), of.origin, "retention.policy_set", of.origin.namespace),
  );
const round = (days = 1, limit?: number) =>
  runRetentionRound(
    operatorContext(() => Date.now() + days * day),
    limit,
  );

const positionOf = async (of: Space) =>
  (
    await rows<{ position: string }>(
      "SELECT position FROM retention_runs WHERE namespace_id = ?",
      of.origin.namespaceId,
    )
  )[0]?.position;

describe("what goes", () => {
  it("is a label at once, its manifest as untagged later, and a version for good", async () => {
    const [old, next] = [
      await publish(space, "one", { version: "1.0.0" }),
      await publish(space, "two", { labels: ["edge"] }),
    ];
    await publish(space, "three", { version: "2.0.0" });
    expect(await retire(await plan(everything))).toEqual(["1.0.0", "edge"]);
    expect(await tagsOf(space)).toEqual(["2.0.0", "latest"]);
    expect(await digestsOf(space)).not.toContain(old);
    expect(await digestsOf(space)).toContain(next);
    const again = await space.run("publishManifest", await publication("one", { version: "1.0.0" }));
    expect(again).toMatchObject({ ok: false, error: { code: "version_gone" } });
    expect(await retire(await plan(everything))).toEqual([next]);
    expect(await digestsOf(space)).not.toContain(next);
  });

  it("is not what was pulled not long ago, by tag or by digest", async () => {
    const [used, unused] = [
      await publish(space, "used", { labels: ["used"] }),
      await publish(space, "unused", { labels: ["unused"] }),
    ];
    for (const [digest, ago] of [
      [used, 3],
      [unused, 60],
    ] as const) {
      await run(
        "INSERT INTO download_totals SELECT artifact_id, digest, 1, ? FROM manifests WHERE digest = ?",
        Date.now() + 100 * day - ago * day,
        digest,
      );
    }
    expect(going(await plan(policy([{ tags: ["*"], pulledWithin: "30d" }]), 100))).toEqual(["unused"]);
  });

  it("is no member of an index, and no signature of what is here", async () => {
    const child = await publish(space, "child");
    await publish(space, "index", { labels: ["kept"], children: [child] });
    const signature = await publication("signature");
    const subject = (await rows<{ digest: Digest }>("SELECT digest FROM tags WHERE tag = 'kept'"))[0]?.digest ?? null;
    unwrap(await space.run("publishManifest", { ...signature, manifest: { ...signature.manifest, subject } }));
    const keepTags = policy([{ tags: ["*"], keepLast: 10 }], { untagged: { unusedFor: "1h" } });
    expect(going(await plan(keepTags, 10))).toEqual([]);
    // Without the index nothing holds its member; the signature goes when its subject is gone.
    await retire(await plan(everything, 10));
    expect(await digestsOf(space)).toHaveLength(3);
    expect(await retire(await plan(everything, 10))).toEqual([subject]);
    expect(await retire(await plan(everything, 10))).toEqual([child, signature.manifest.digest].toSorted());
  });

  it("is judged again by the graph: what was moved, named latest, held or withdrawn since the plan stays", async () => {
    const loose = await publish(space, "loose", { labels: ["passing"] });
    await space.run("deleteTag", { name: "thing", tag: "passing" });
    await publish(space, "one", { labels: ["moved"] });
    const picked = await publish(space, "two", { labels: ["picked"] });
    await publish(space, "three", { labels: ["gone"] });
    const decided = await plan(everything);
    expect(going(decided)).toEqual(["gone", "moved", "picked", loose]);
    await publish(space, "newer", { labels: ["moved"] });
    await publish(space, "two", { labels: ["latest"] });
    await publish(space, "loose", { labels: ["again"] });
    expect(await retire(decided)).toEqual(["gone"]);
    expect(await tagsOf(space)).toEqual(["again", "latest", "moved", "picked"]);
    expect(await digestsOf(space)).toEqual(expect.arrayContaining([loose, picked]));
  });

  it("is no tag that speaks of a manifest which came after the plan was made", async () => {
    const subject = (await publication("subject")).manifest.digest;
    const tag = `${subject.replace(":", "-")}.sig`;
    await publish(space, "signature", { labels: [tag] });
    const decided = await plan(everything);
    expect(going(decided)).toEqual([tag]);
    await publish(space, "subject", { labels: ["signed"] });
    expect(await retire(decided)).toEqual([]);
    expect(await tagsOf(space)).toEqual([tag, "signed"].toSorted());
  });
});

describe("a round", () => {
  it("judges by the artifact's own policy where it has one, and touches nothing without a policy", async () => {
    const other = await freshNamespace();
    for (const name of ["one", "two"]) await publish(space, name, { name, labels: ["edge"] });
    await publish(other, "theirs", { labels: ["edge"] });
    await setPolicy(space, everything);
    await setPolicy(space, policy([]), "two");
    expect(await round()).toMatchObject({ removed: 1 });
    expect(await tagsOf(space, "one")).toEqual([]);
    expect(await tagsOf(space, "two")).toEqual(["edge"]);
    expect(await tagsOf(other)).toEqual(["edge"]);
    // The next one takes the manifest that has no tag any more, and then nothing is left to do.
    expect(await round(1.1)).toMatchObject({ removed: 1 });
    expect(await round(1.2)).toMatchObject({ removed: 0 });
  });

  it("goes on in the next run where this one reached its limit", async () => {
    const names = Array.from({ length: 5 }, (_, n) => `artifact-${n}`);
    for (const name of names) await publish(space, name, { name, labels: ["edge"] });
    await round(2);
    await setPolicy(space, everything);
    expect(await round(3, 2)).toEqual({ artifacts: 2, removed: 2 });
    expect(await tagsOf(space, "artifact-1")).toEqual([]);
    expect(await tagsOf(space, "artifact-2")).toEqual(["edge"]);
    await round(4, 2);
    await round(5, 2);
    for (const name of names) expect(await tagsOf(space, name)).toEqual([]);
  });

  it("goes on with the others when it cannot apply somebody's policy, and with what is next when it was cut off", async () => {
    const [broken, sound] = [await freshNamespace(), await freshNamespace()].toSorted((a, b) =>
      a.origin.namespaceId < b.origin.namespaceId ? -1 : 1,
    ) as [Space, Space];
    for (const of of [broken, sound]) await publish(of, "one", { labels: ["edge"] });
    await round(6);
    await setPolicy(broken, {} as RetentionPolicy);
    await setPolicy(sound, everything);
    expect(await round(7)).toMatchObject({ removed: 1 });
    expect([await tagsOf(broken), await tagsOf(sound)]).toEqual([["edge"], []]);

    await run("DELETE FROM retention_policies WHERE namespace_id <> ?", sound.origin.namespaceId);
    for (const name of ["a", "b"]) await publish(sound, name, { name, labels: ["edge"] });
    const silent = { run: () => new Promise(() => undefined) } as unknown as ReturnType<Space["stub"]>;
    void runRetentionRound({ ...operatorContext(() => Date.now() + 8 * day), graph: () => silent }, 1);
    await vi.waitFor(async () => expect(await positionOf(sound)).toBe("a"));
    await round(9);
    expect([await tagsOf(sound, "a"), await tagsOf(sound, "b")]).toEqual([["edge"], []]);
  });

  it("runs by the clock", async () => {
    await publish(space, "one", { labels: ["edge"] });
    await setPolicy(space, everything);
    const quiet = vi.spyOn(console, "log").mockImplementation(() => undefined);
    await scheduled({ cron: "17 * * * *" }, env);
    quiet.mockRestore();
    expect(await tagsOf(space)).toEqual([]);
  });

  it("records the removals in the name of whoever set the policy", async () => {
    await publish(space, "one", { labels: ["edge"] });
    await setPolicy(space, everything);
    await round(6);
    const log = (await space.stub().log(0, 1_000_000)) as GraphEvent[];
    expect(log.at(-1)).toMatchObject({ command: "tag.delete", userId: space.origin.userId });
  });
});

it("a dry run and the run agree, and nothing else changes, whatever is there", async () => {
  const publishing = fc.record({
    content: fc.nat(6),
    version: fc.option(fc.constantFrom("1.0.0", "1.1.0", "2.0.0"), { nil: undefined }),
    labels: fc.subarray(["edge", "b-1", "b-2", "latest"]),
    deprecate: fc.boolean(),
  });
  const wanted = fc.constantFrom(
    everything,
    policy([{ tags: ["b-*"], keepLast: 1 }]),
    policy([
      { tags: ["*"], versions: true, keepLast: 2 },
      { tags: ["edge"], keepLast: 0 },
    ]),
    policy([{ tags: ["*"], pulledWithin: "30d" }], { untagged: { unusedFor: "5d" } }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(publishing, { minLength: 1, maxLength: 8 }),
      wanted,
      fc.nat(40),
      async (steps, rules, days) => {
        space = await freshNamespace();
        const neighbour = await publish(space, "neighbour", { name: "neighbour", labels: ["edge"] });
        for (const { content, version, labels, deprecate } of steps) {
          const input = await publication(`content ${content}`, { labels, ...(version ? { version } : {}) });
          await space.run("publishManifest", input);
          if (version && deprecate) {
            await space.run("deprecate", {
              name: "thing" as ArtifactName,
              version: version as Version,
              message: "old",
            });
          }
        }
        const before = await plan(rules, days);
        const foretold = going(before);
        // Asking changes nothing.
        expect(await plan(rules, days)).toEqual(before);
        const latest = before.find(({ tag }) => tag === "latest")?.digest;
        expect(await retire(before)).toEqual(foretold);
        const kept = before.flatMap(({ tag, keep }) => (keep && tag !== undefined ? [tag] : []));
        expect(await tagsOf(space)).toEqual(kept.toSorted());
        // What latest named is what it names, and every tag that is left has its manifest.
        const after = await plan(rules, days);
        expect(after.find(({ tag }) => tag === "latest")?.digest).toBe(latest);
        const here = new Set(await digestsOf(space));
        for (const { digest, keep } of before) if (keep) expect(here.has(digest)).toBe(true);
        expect(await tagsOf(space, "neighbour")).toEqual(["edge"]);
        expect(here.has(neighbour)).toBe(true);
      },
    ),
    { numRuns: 40 },
  );
}, 120_000);
