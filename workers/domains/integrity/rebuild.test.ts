import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { Digest } from "../../../core/digests.ts";
import type { ArtifactName, Repository } from "../../../core/identifiers.ts";
import type { Version } from "../../../core/versions.ts";
import { freshNamespace, publication, rows, withoutTable } from "../../testing/graph.ts";
import { operatorContext, verify } from "../../testing/verify.ts";
import { collectGarbage, linkGrace } from "../blobs/index.ts";
import { unlinkBlob } from "../blobs/store.ts";
import { rebuildProjection } from "./rebuild-projection.ts";

type Space = Awaited<ReturnType<typeof freshNamespace>>;

const run = (sql: string, ...values: unknown[]) =>
  env.DB.prepare(sql)
    .bind(...values)
    .run();

/** Everything that D1 shows of a namespace. */
async function shown({ origin: { namespaceId } }: Space) {
  const own = "artifact_id IN (SELECT id FROM artifacts WHERE namespace_id = ?)";
  return {
    projection: await rows("SELECT applied_seq, rebuild_to FROM projections WHERE namespace_id = ?", namespaceId),
    artifacts: await rows("SELECT * FROM artifacts WHERE namespace_id = ? ORDER BY id", namespaceId),
    former: await rows(`SELECT * FROM former_names WHERE ${own} ORDER BY repository`, namespaceId),
    manifests: await rows(`SELECT * FROM manifests WHERE ${own} ORDER BY artifact_id, digest`, namespaceId),
    references: await rows(
      `SELECT * FROM manifest_references WHERE ${own} ORDER BY artifact_id, manifest_digest, digest`,
      namespaceId,
    ),
    tags: await rows(`SELECT * FROM tags WHERE ${own} ORDER BY artifact_id, tag`, namespaceId),
    versions: await rows(`SELECT * FROM versions WHERE ${own} ORDER BY artifact_id, version`, namespaceId),
  };
}

async function rebuild(space?: Space) {
  const rebuilt: unknown[] = [];
  let cursor: string | undefined;
  do {
    const page = await rebuildProjection(operatorContext(), { namespace: space?.origin.namespace, cursor });
    rebuilt.push(...page.rebuilt);
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined);
  return rebuilt;
}

/** What the graph logs about a failure that is meant is not shown. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const quiet = vi.spyOn(console, "error").mockImplementation(() => undefined);
  try {
    return await work();
  } finally {
    quiet.mockRestore();
  }
}

const names = ["one", "two"] as const;
const versions = ["1.0.0", "1.1.0", "2.0.0-rc.1", "2.0.0"] as const;
const labels = ["edge", "latest"] as const;
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("publish" as const),
      name: fc.constantFrom(...names),
      content: fc.nat(5),
      version: fc.option(fc.constantFrom(...versions), { nil: undefined }),
      labels: fc.subarray([...labels]),
    }),
  },
  fc.record({
    do: fc.constant("untag" as const),
    name: fc.constantFrom(...names),
    tag: fc.constantFrom(...versions, ...labels),
  }),
  fc.record({ do: fc.constant("delete" as const), name: fc.constantFrom(...names), content: fc.nat(5) }),
  fc.record({
    do: fc.constant("deprecate" as const),
    name: fc.constantFrom(...names),
    version: fc.constantFrom(...versions),
    message: fc.option(fc.constant("old")),
  }),
  fc.record({
    do: fc.constant("rename" as const),
    name: fc.constantFrom(...names),
    to: fc.constantFrom("three", "four"),
  }),
  fc.record({
    do: fc.constant("hide" as const),
    name: fc.constantFrom(...names),
    visibility: fc.constantFrom("public" as const, "private" as const),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Refused steps are part of the game: they leave no event. */
async function perform(space: Space, one: Step): Promise<void> {
  const name = one.name as ArtifactName;
  switch (one.do) {
    case "publish": {
      const input = await publication(`content ${one.content} of ${name}`, {
        name,
        labels: one.labels,
        ...(one.version ? { version: one.version } : {}),
      });
      // A key of its own for each attempt, as the verb has it.
      const objectKey = `manifests/${crypto.randomUUID()}`;
      await space.run("publishManifest", {
        ...input,
        manifest: { ...input.manifest, objectKey, references: [input.manifest.digest] },
      });
      return;
    }
    case "untag":
      await space.run("deleteTag", { name, tag: one.tag });
      return;
    case "delete": {
      const { manifest } = await publication(`content ${one.content} of ${name}`);
      await space.run("deleteManifest", { name, digest: manifest.digest });
      return;
    }
    case "deprecate":
      await space.run("deprecate", { name, version: one.version as Version, message: one.message });
      return;
    case "rename":
      await space.run("rename", { name, to: one.to as ArtifactName });
      return;
    case "hide":
      await space.run("setVisibility", { name, visibility: one.visibility });
  }
}

const own = "artifact_id IN (SELECT id FROM artifacts WHERE namespace_id = ?1)";
const wrecks = [
  `DELETE FROM tags WHERE ${own}`,
  `UPDATE tags SET digest = 'sha256:gone' WHERE ${own}`,
  `INSERT OR IGNORE INTO tags (artifact_id, tag, digest, updated_at) SELECT id, 'too-many', 'sha256:gone', 0 FROM artifacts WHERE namespace_id = ?1`,
  `UPDATE versions SET state = 'published', deprecation = 'no' WHERE ${own}`,
  `DELETE FROM versions WHERE ${own}`,
  `DELETE FROM manifests WHERE ${own}`,
  `DELETE FROM manifest_references WHERE ${own}`,
  `UPDATE manifest_references SET digest = 'sha256:gone' WHERE ${own}`,
  `UPDATE artifacts SET type = 'module-wasm', visibility = 'public', version_count = 77 WHERE namespace_id = ?1`,
  `UPDATE artifacts SET namespace_id = 'elsewhere' WHERE namespace_id = ?1`,
  `UPDATE artifacts SET repository = 'users/nobody/' || name || ?1 WHERE namespace_id = ?1`,
  `DELETE FROM former_names WHERE ${own}`,
  `UPDATE projections SET applied_seq = 1 WHERE namespace_id = ?1`,
  `DELETE FROM projections WHERE namespace_id = ?1`,
];

describe("rebuilding from the graph's events", { timeout: 60_000 }, () => {
  it("of all namespaces takes one after the other", async () => {
    const spaces = await Promise.all(Array.from({ length: 12 }, () => freshNamespace()));
    for (const space of spaces) await space.run("publishManifest", await publication("one", { version: "1.0.0" }));
    const before = await Promise.all(spaces.map(shown));
    await run("DELETE FROM tags");
    const rebuilt = await rebuild();
    expect(rebuilt).toEqual(
      expect.arrayContaining(spaces.map(({ origin }) => ({ namespace: origin.namespace, events: 1 }))),
    );
    expect(await Promise.all(spaces.map(shown))).toEqual(before);
  });

  it("leads to the same rows, whatever happened before and whatever became of them", async () => {
    await run(
      "INSERT INTO namespaces (id, kind, handle, visibility, created_at) VALUES ('elsewhere', 'users', 'elsewhere', 'public', 0)",
    );
    const property = fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 25 }),
      fc.subarray(wrecks),
      async (steps, damage) => {
        const [space, neighbour] = [await freshNamespace(), await freshNamespace()];
        for (const one of steps) await perform(space, one);
        await neighbour.run("publishManifest", await publication("theirs", { version: "1.0.0" }));
        const [before, theirs] = [await shown(space), await shown(neighbour)];
        for (const sql of damage) await run(sql, space.origin.namespaceId);
        await rebuild(space);
        expect(await shown(space)).toEqual(before);
        expect(await shown(neighbour)).toEqual(theirs);
      },
    );
    await fc.assert(property, { numRuns: 40 });
    // What damage left under ids of other namespaces is no row of theirs.
    expect(await rows("SELECT * FROM artifacts WHERE namespace_id = 'elsewhere'")).toEqual([]);
  });

  it("lets commands that come meanwhile wait for their own event, and loses none", async () => {
    const space = await freshNamespace();
    for (let n = 0; n < 30; n++)
      await space.run("publishManifest", await publication(`old ${n}`, { version: `1.${n}.0` }));
    const work = Array.from({ length: 10 }, async (_, n) =>
      space.run("publishManifest", await publication(`new ${n}`, { version: `2.${n}.0` })),
    );
    const [, , ...outcomes] = await Promise.all([rebuild(space), rebuild(space), ...work]);
    expect(outcomes).toEqual(
      Array.from(work, () => ({ ok: true, value: { stored: true, changed: true, held: false } })),
    );
    const { versions: all, projection } = await shown(space);
    expect(all).toHaveLength(40);
    expect(projection).toEqual([{ applied_seq: 40, rebuild_to: null }]);
  });

  it("goes on by itself when it broke off in the middle", async () => {
    const space = await freshNamespace();
    for (let n = 0; n < 25; n++)
      await space.run("publishManifest", await publication(`old ${n}`, { version: `1.${n}.0` }));
    const before = await shown(space);
    await run(
      "CREATE TRIGGER broken BEFORE INSERT ON versions WHEN NEW.version = '1.22.0' BEGIN SELECT RAISE(ABORT, 'broken'); END",
    );
    await expect(quietly(() => rebuild(space))).rejects.toMatchObject({ code: "unavailable" });
    expect((await shown(space)).projection).toEqual([{ applied_seq: 20, rebuild_to: 25 }]);
    await run("DROP TRIGGER broken");
    await evictDurableObject(space.stub());
    expect(await runDurableObjectAlarm(space.stub())).toBe(true);
    expect(await shown(space)).toEqual(before);
  });

  it("is refused by a database that is away, and nothing is half done", async () => {
    const space = await freshNamespace();
    await space.run("publishManifest", await publication("one", { version: "1.0.0" }));
    const before = await shown(space);
    await expect(withoutTable("tags", () => rebuild(space))).rejects.toMatchObject({ code: "unavailable" });
    expect(await shown(space)).toEqual(before);
    await rebuild(space);
    expect(await shown(space)).toEqual(before);
  });

  it("of a graph without a history changes nothing: then D1's rows are all that is left", async () => {
    const space = await freshNamespace();
    await run(
      "INSERT INTO artifacts SELECT 'orphan', id, 'orphan', kind || '/' || handle || '/orphan', 'module-oci', 'public', NULL, NULL, 0, 0, 0 FROM namespaces WHERE id = ?",
      space.origin.namespaceId,
    );
    expect(await rebuild(space)).toEqual([{ namespace: space.origin.namespace, events: 0 }]);
    expect((await shown(space)).artifacts).toHaveLength(1);
    const { findings } = await verify({ repair: true });
    expect(findings.filter(({ what }) => what === space.origin.namespace)).toMatchObject([
      { kind: "projection_ahead", repaired: false },
    ]);
    expect((await shown(space)).artifacts).toHaveLength(1);
    await run("DELETE FROM artifacts WHERE id = 'orphan'");
  });

  it("is for operators, of namespaces that exist", async () => {
    await expect(rebuildProjection(operatorContext(), { namespace: "users/nobody-at-all" })).rejects.toMatchObject({
      code: "name_unknown",
    });
    const stranger = { ...operatorContext(), actor: { kind: "anonymous" as const } };
    await expect(rebuildProjection(stranger, {})).rejects.toMatchObject({ code: "unauthenticated" });
  });
});

describe("the collector", () => {
  const day = 24 * 3_600_000;

  /** A blob in the namespace's repository, due for the collector since long ago. */
  async function dueBlob(space: Space, digest: string, repository = `${space.origin.namespace}/thing`) {
    await run("INSERT INTO blobs VALUES (?, 3, '[]', 0)", digest);
    await run("INSERT INTO blob_links VALUES (?, ?, 0)", repository, digest);
    await run("INSERT OR REPLACE INTO gc_candidates VALUES (?, ?, 0)", repository, digest);
  }
  const links = (digest: string) => rows("SELECT 1 FROM blob_links WHERE digest = ?", digest);

  it("waits while rows are missing because they are made again", async () => {
    const space = await freshNamespace();
    await dueBlob(space, "sha256:waiting");
    await run("INSERT INTO gc_objects VALUES ('blobs/waiting/1', 0)");
    await run("INSERT INTO projections VALUES (?, 0, 5)", space.origin.namespaceId);
    expect(await collectGarbage(operatorContext(), { dryRun: false })).toMatchObject({ examined: 0, objects: 0 });
    expect(await links("sha256:waiting")).toHaveLength(1);
    await run("DELETE FROM projections WHERE namespace_id = ?", space.origin.namespaceId);
    expect(await collectGarbage(operatorContext(), { dryRun: false })).toMatchObject({ links: 1, objects: 1 });
  });

  it("and nobody else takes a blob out of a repository meanwhile", async () => {
    const [space, other] = [await freshNamespace(), await freshNamespace()];
    const repositories = [space, other].map(({ origin }) => `${origin.namespace}/thing` as Repository);
    for (const repository of repositories) await dueBlob(space, `sha256:${repository}`, repository);
    await run("INSERT INTO projections VALUES (?, 0, 5)", space.origin.namespaceId);
    const unlink = (repository: Repository) =>
      unlinkBlob(env.DB, repository, `sha256:${repository}` as Digest, Date.now());
    expect(await Promise.all(repositories.map(unlink))).toEqual(["referenced", "unlinked"]);
    await run("DELETE FROM projections WHERE namespace_id = ?", space.origin.namespaceId);
    expect(await Promise.all(repositories.map(unlink))).toEqual(["unlinked", "unknown"]);
  });

  it("does not take what was deleted once and is there again, however old the deletion", async () => {
    const space = await freshNamespace();
    const input = await publication("again", { labels: ["edge"] });
    const naming = { ...input, manifest: { ...input.manifest, references: ["sha256:named" as never] } };
    await space.run("publishManifest", naming);
    await space.run("deleteManifest", { name: "thing", digest: input.manifest.digest });
    await space.run("publishManifest", { ...naming, manifest: { ...naming.manifest, objectKey: "manifests/second" } });
    await dueBlob(space, "sha256:named");
    await run("DELETE FROM gc_candidates");
    await run("DELETE FROM gc_objects");
    await rebuild(space);
    // The replayed deletion lists both again: the link no sooner than a day from now, the object that it had then.
    const [listed] = await rows<{ due_at: number }>("SELECT due_at FROM gc_candidates WHERE digest = 'sha256:named'");
    expect(listed?.due_at).toBeGreaterThan(Date.now() + linkGrace - day / 24);
    expect(await rows("SELECT key FROM gc_objects")).toEqual([{ key: input.manifest.objectKey }]);
    await collectGarbage(
      operatorContext(() => Date.now() + 3 * day),
      { dryRun: false },
    );
    expect(await links("sha256:named")).toHaveLength(1);
  });
});
