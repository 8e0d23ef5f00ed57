import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, it, vi } from "vitest";
import { sourceFromBytes } from "../../storage/byte-source.ts";
import { blobStoreOf } from "../../storage/index.ts";
import { freshNamespace, publication, rows } from "../../testing/graph.ts";
import { verify } from "../../testing/verify.ts";

// Each test checks everything that the tests before it made.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

type Space = Awaited<ReturnType<typeof freshNamespace>>;
let space: Space;

/** A manifest as the verb stores it, published in the namespace. */
async function publish(text: string, more: Parameters<typeof publication>[1] = {}) {
  const body = JSON.stringify({ schemaVersion: 2, mediaType: manifestType, manifests: [], annotations: { text } });
  const input = await publication(body, more);
  const objectKey = `manifests/${input.manifest.digest.replace(":", "/")}/${crypto.randomUUID()}`;
  await blobStoreOf(env).put(objectKey, sourceFromBytes(new TextEncoder().encode(body)));
  return space.run("publishManifest", {
    ...input,
    manifest: { ...input.manifest, mediaType: manifestType, objectKey },
  });
}
const manifestType = "application/vnd.oci.image.index.v1+json";
const tagsOf = async () =>
  (
    await rows<{ tag: string }>(
      "SELECT tag FROM tags t JOIN artifacts a ON a.id = t.artifact_id WHERE a.namespace_id = ? ORDER BY tag",
      space.origin.namespaceId,
    )
  ).map(({ tag }) => tag);

beforeEach(async () => {
  expect((await verify()).findings).toEqual([]);
  space = await freshNamespace();
});

it("a projection that lost events gets them again", async () => {
  await publish("one", { version: "1.0.0" });
  const { namespaceId } = space.origin;
  await publish("two", { version: "2.0.0" });
  // As a database that was restored from a moment before both.
  for (const table of ["manifest_references", "manifests", "tags", "versions"]) {
    const own = "artifact_id IN (SELECT id FROM artifacts WHERE namespace_id = ?)";
    await env.DB.prepare(`DELETE FROM ${table} WHERE ${own}`).bind(namespaceId).run();
  }
  await env.DB.prepare("UPDATE projections SET applied_seq = 0 WHERE namespace_id = ?").bind(namespaceId).run();

  const { findings } = await verify();
  // Their objects, which nothing names now, are recent.
  expect(findings.filter(({ severity }) => severity !== "note")).toMatchObject([
    { kind: "projection_behind", what: space.origin.namespace },
  ]);
  expect(await tagsOf()).toEqual([]);
  expect((await verify({ repair: true })).findings).toMatchObject([{ kind: "projection_behind", repaired: true }]);
  expect((await verify()).findings).toEqual([]);
  expect(await tagsOf()).toEqual(["1.0.0", "2.0.0", "latest"]);
});

it("changes that the database does not take are reported, and objects of manifests are let alone", async () => {
  const orphan = `manifests/sha256/${"b".repeat(64)}/${crypto.randomUUID()}`;
  await blobStoreOf(env).put(orphan, sourceFromBytes(new TextEncoder().encode("?")));
  const later = Date.now() + 7_200_000;
  const quiet = vi.spyOn(console, "error").mockImplementation(() => undefined);
  await env.DB.exec("CREATE TRIGGER broken BEFORE INSERT ON versions BEGIN SELECT RAISE(ABORT, 'broken'); END");
  await publish("one", { version: "1.0.0" });
  const { findings } = await verify({ repair: true, now: later });
  expect(findings).toMatchObject([
    { kind: "projection_unreadable", repaired: false, what: space.origin.namespace },
    { kind: "object_orphaned", repaired: false },
    { kind: "object_orphaned", repaired: false },
  ]);
  await env.DB.exec("DROP TRIGGER broken");
  quiet.mockRestore();
  expect(await rows("SELECT * FROM gc_objects")).toEqual([]);
  expect((await verify({ now: later })).kinds).toEqual(["object_orphaned"]);
  await blobStoreOf(env).delete([orphan]);
});

it("a database that is ahead of the graph is told, and nothing is guessed", async () => {
  await publish("one", { version: "1.0.0" });
  const { namespaceId } = space.origin;
  const move = (by: number) =>
    env.DB.prepare("UPDATE projections SET applied_seq = applied_seq + ? WHERE namespace_id = ?")
      .bind(by, namespaceId)
      .run();
  await move(3);
  expect((await verify({ repair: true })).findings).toMatchObject([
    { kind: "projection_ahead", severity: "error", repaired: false },
  ]);
  await move(-3);
});

it.each([
  ["a tag moved", "UPDATE tags SET digest = 'sha256:other' WHERE tag = 'edge' AND artifact_id = ?", "tags"],
  ["a tag is gone", "DELETE FROM tags WHERE tag = 'edge' AND artifact_id = ?", "missing"],
  [
    "a tag too many",
    "INSERT INTO tags (artifact_id, tag, digest, updated_at) SELECT artifact_id, 'extra', digest, 0 FROM tags WHERE tag = 'edge' AND artifact_id = ?",
    "should not be there",
  ],
  ["a version came back", "UPDATE versions SET state = 'quarantined' WHERE artifact_id = ?", "versions"],
  ["an artifact is private", "UPDATE artifacts SET visibility = 'private' WHERE id = ?", "artifacts"],
])("rows that differ are named: %s", async (_, damage, told) => {
  await publish("one", { version: "1.0.0", labels: ["edge"] });
  const [artifact] = await rows<{ id: string }>(
    "SELECT id FROM artifacts WHERE namespace_id = ?",
    space.origin.namespaceId,
  );
  await env.DB.prepare(damage).bind(artifact?.id).run();
  const { findings } = await verify();
  expect(findings).toMatchObject([{ kind: "projection_differs", severity: "error", what: space.origin.namespace }]);
  expect(findings[0]?.message).toContain(told);
  expect((await verify({ repair: true })).findings).toMatchObject([{ kind: "projection_differs", repaired: true }]);
  expect((await verify()).findings).toEqual([]);
});

it("many rows are compared page by page", async () => {
  await publish("one", { version: "1.0.0" });
  const rowCount = 4_100;
  await runInDurableObject(space.stub(), (_, state) => {
    state.storage.sql.exec(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rowCount})
       INSERT INTO tags SELECT artifact_id, 'tag-' || i, digest, 0 FROM n, tags WHERE tag = '1.0.0'`,
    );
  });
  await env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rowCount})
     INSERT INTO tags (artifact_id, tag, digest, updated_at) SELECT artifact_id, 'tag-' || i, digest, 0 FROM n, tags WHERE tag = '1.0.0' AND artifact_id IN (SELECT id FROM artifacts WHERE namespace_id = ?)`,
  )
    .bind(space.origin.namespaceId)
    .run();
  expect((await verify()).findings).toEqual([]);
  await env.DB.prepare("DELETE FROM tags WHERE tag = 'tag-4099'").run();
  const { findings } = await verify();
  expect(findings).toHaveLength(1);
  expect(findings[0]?.message).toContain("tag-4099");
  await env.DB.exec(
    "INSERT INTO tags (artifact_id, tag, digest, updated_at) SELECT artifact_id, 'tag-4099', digest, 0 FROM tags WHERE tag = 'tag-4098'",
  );
});
