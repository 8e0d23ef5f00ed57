import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Digest } from "../../../core/digests.ts";
import { mediaTypes } from "../../../core/media-types.ts";
import { sourceFromBytes } from "../../storage/byte-source.ts";
import { blobStoreOf } from "../../storage/index.ts";
import { type Client, pushBlob, sha256, signUp } from "../../testing/client.ts";
import { rows } from "../../testing/graph.ts";
import { operatorContext, verify } from "../../testing/verify.ts";
import { collectGarbage } from "../blobs/index.ts";
import { forgetBlob } from "./store.ts";
import { verifyRegistry } from "./verify-registry.ts";

// Each test checks everything that the tests before it made.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const store = blobStoreOf(env);
const hour = 3_600_000;
const later = (hours: number) => Date.now() + hours * hour;
const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = async (key: string) => new TextDecoder().decode(await new Response(await store.get(key)).arrayBuffer());
const run = (sql: string, ...values: unknown[]) =>
  env.DB.prepare(sql)
    .bind(...values)
    .run();

let ann: Client;
let repository: string;
let count = 0;

beforeAll(async () => {
  ann = await signUp();
});

/** Every test begins with a registry in which nothing is wrong, and leaves it so. */
beforeEach(async () => {
  expect((await verify({ deep: true, now: later(2) })).findings).toEqual([]);
  repository = ann.repository(`thing-${++count}`);
});

/** Pushes an image of two blobs, whose manifest has at least so many bytes. */
async function push(tag = "1.0.0", size = 0): Promise<{ digest: Digest; layer: Digest }> {
  const config = await pushBlob(ann, repository, `{"n": ${count}}`);
  const layer = await pushBlob(ann, repository, `layer ${count}`);
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { ...config, mediaType: "application/vnd.oci.image.config.v1+json" },
    layers: [layer],
    annotations: { fill: "x".repeat(size) },
  });
  const headers = { "Content-Type": mediaTypes.ociManifest };
  const response = await ann.send("PUT", `/v2/${repository}/manifests/${tag}`, { body: manifest, headers });
  expect(response.status).toBe(201);
  return { digest: await sha256(manifest), layer: layer.digest };
}

const keyOfBlob = async (digest: Digest) =>
  (await rows<{ key: string }>("SELECT segments ->> '$[0].key' AS key FROM blobs WHERE digest = ?", digest))[0]
    ?.key as string;
const keyOfManifest = async (digest: Digest) =>
  (await rows<{ key: string }>("SELECT object_key AS key FROM manifests WHERE digest = ?", digest))[0]?.key as string;
const pull = async (path: string) => {
  const response = await ann.send("GET", `/v2/${repository}/${path}`);
  return response.ok ? new TextDecoder().decode(await response.arrayBuffer()) : response.status;
};

/** Finds exactly this, repairs it, and finds nothing afterwards. */
async function findAndRepair(kind: string, options: { deep?: boolean; now?: number } = {}) {
  const found = await verify(options);
  expect(found.findings).toMatchObject([{ kind, repaired: false }]);
  const repaired = await verify({ ...options, repair: true });
  expect(repaired.findings).toMatchObject([{ kind, repaired: true }]);
  expect((await verify(options)).findings).toEqual([]);
  return found.findings[0];
}

describe("blobs", () => {
  it.each([
    ["is gone", "blob_lost", false, (key: string) => store.delete([key])],
    ["is cut short", "blob_damaged", false, (key: string) => store.put(key, sourceFromBytes(bytesOf("lay")))],
    [
      "has other bytes",
      "blob_damaged",
      true,
      (key: string) => store.put(key, sourceFromBytes(bytesOf(`LAYER ${count}`))),
    ],
  ] as const)("whose object %s are found, forgotten, and healed by the next push", async (_, kind, deep, damage) => {
    const image = await push();
    await damage(await keyOfBlob(image.layer));
    if (deep) expect((await verify()).findings).toEqual([]);
    expect((await verify({ deep })).findings).toMatchObject([{ kind, severity: "error", what: image.layer }]);

    const repaired = await verify({ deep, repair: true });
    expect(repaired.findings).toMatchObject([
      { kind, repaired: true },
      { kind: "content_missing", repaired: false },
    ]);
    expect((await ann.send("HEAD", `/v2/${repository}/blobs/${image.layer}`)).status).toBe(404);
    const left = await verify();
    expect(left.kinds).toEqual(["content_missing"]);
    expect(left.findings[0]?.message).toMatch(/, which the manifest needs, tagged \S/);

    await pushBlob(ann, repository, `layer ${count}`);
    expect((await verify({ deep: true })).findings).toEqual([]);
    expect(await pull(`blobs/${image.layer}`)).toBe(`layer ${count}`);
  });

  it("that were stored anew since they were looked at are left alone", async () => {
    const image = await push();
    const [before] = await rows<{ segments: string }>("SELECT segments FROM blobs WHERE digest = ?", image.layer);
    const moved = JSON.stringify([{ key: "blobs/elsewhere/1", size: `layer ${count}`.length }]);
    const original = await keyOfBlob(image.layer);
    const context = operatorContext();
    await run("UPDATE blobs SET segments = ? WHERE digest = ?", moved, image.layer);
    const stale = { digest: image.layer, size: 7, segments: before?.segments ?? "", unheld: 0 };
    expect(await forgetBlob(context.db, stale, Date.now())).toBe(false);
    expect(await rows("SELECT 1 FROM blob_links WHERE digest = ?", image.layer)).toHaveLength(1);
    expect(await rows("SELECT 1 FROM gc_objects WHERE key = ?", original)).toEqual([]);
    await run("UPDATE blobs SET segments = ? WHERE digest = ?", before?.segments, image.layer);
  });

  it("are not touched when most of a page is missing: then the wrong store is in use", async () => {
    const keys: string[] = [];
    for (let n = 0; n < 30; n++) keys.push(await keyOfBlob((await pushBlob(ann, repository, `many ${n}`)).digest));
    const kept = await Promise.all(keys.map(async (key) => new Response(await store.get(key)).arrayBuffer()));
    await store.delete(keys);
    const { findings } = await verify({ repair: true });
    expect(findings).toHaveLength(30);
    expect(findings.filter(({ repaired }) => repaired)).toEqual([]);
    expect(findings[0]?.remedy).toContain("right bucket or data folder");
    for (const [index, key] of keys.entries()) await store.put(key, sourceFromBytes(new Uint8Array(kept[index] ?? [])));
  });

  it("that no repository holds and the collector does not know of are given to it", async () => {
    const { digest } = await pushBlob(ann, repository, "unheld");
    const key = await keyOfBlob(digest);
    await run("DELETE FROM blob_links WHERE digest = ?", digest);
    expect((await verify()).findings).toEqual([]);
    await run("DELETE FROM gc_candidates WHERE digest = ?", digest);
    await findAndRepair("blob_unheld");
    await collectGarbage(
      operatorContext(() => later(2)),
      { dryRun: false },
    );
    expect(await store.size(key)).toBeUndefined();
  });
});

describe("manifests", () => {
  it("whose object is gone are restored from the index", async () => {
    const image = await push();
    const key = await keyOfManifest(image.digest);
    await store.delete([key]);
    expect(await findAndRepair("manifest_lost")).toMatchObject({ severity: "error" });
    expect(await sha256(await textOf(key))).toBe(image.digest);
  });

  it("whose object has other bytes are found by a deep check", async () => {
    const image = await push();
    const key = await keyOfManifest(image.digest);
    const text = await textOf(key);
    await store.put(key, sourceFromBytes(bytesOf(text.replace("schemaVersion", "SCHEMAVERSION"))));
    expect((await verify()).findings).toEqual([]);
    await findAndRepair("manifest_damaged", { deep: true });
    expect(await textOf(key)).toBe(text);
  });

  it("whose bytes in the database are wrong are served from the store again", async () => {
    const image = await push();
    await run("UPDATE manifests SET body = ? WHERE digest = ?", bytesOf("{}"), image.digest);
    await findAndRepair("manifest_damaged");
    expect(await sha256((await pull(`manifests/${image.digest}`)) as string)).toBe(image.digest);
  });

  it("of which no good copy is left are reported, and healed by the next push", async () => {
    const image = await push("1.0.0", 70_000);
    const key = await keyOfManifest(image.digest);
    await store.delete([key]);
    expect((await verify({ repair: true })).findings).toMatchObject([{ kind: "manifest_lost", repaired: false }]);
    expect((await push("1.0.0", 70_000)).digest).toBe(image.digest);
    // Restored after the answer, and the second copy is gone.
    await vi.waitFor(async () => expect((await verify({ deep: true })).findings).toEqual([]));
    expect(await sha256(await textOf(key))).toBe(image.digest);
  });

  it("that cannot be read are told apart from damaged ones", async () => {
    const text = "no manifest at all";
    const digest = await sha256(text);
    const image = await push();
    await run(
      `INSERT INTO manifests SELECT artifact_id, ?, media_type, NULL, ?, NULL, NULL, ?, ?, 0 FROM manifests WHERE digest = ?`,
      digest,
      text.length,
      "manifests/sha256/00/unreadable",
      bytesOf(text),
      image.digest,
    );
    await store.put("manifests/sha256/00/unreadable", sourceFromBytes(bytesOf(text)));
    const { findings } = await verify();
    expect(findings).toContainEqual(expect.objectContaining({ kind: "manifest_unreadable", severity: "warning" }));
    await run("DELETE FROM manifests WHERE digest = ?", digest);
    await store.delete(["manifests/sha256/00/unreadable"]);
  });

  it("whose references are wrong get them back before the collector believes it", async () => {
    const image = await push();
    await run("DELETE FROM manifest_references WHERE digest = ?", image.layer);
    await run(
      "INSERT INTO manifest_references SELECT artifact_id, digest, 'sha256:other' FROM manifests WHERE digest = ?",
      image.digest,
    );
    await findAndRepair("references_differ");
    await collectGarbage(
      operatorContext(() => later(48)),
      { dryRun: false },
    );
    expect(await pull(`blobs/${image.layer}`)).toBe(`layer ${count}`);
  });

  it("whose repository lost a link get it back", async () => {
    const image = await push();
    await run("DELETE FROM blob_links WHERE digest = ? AND repository = ?", image.layer, repository);
    expect(await pull(`blobs/${image.layer}`)).toBe(404);
    await findAndRepair("link_missing");
    expect(await pull(`blobs/${image.layer}`)).toBe(`layer ${count}`);
  });
});

it("links that the collector forgot are listed for it", async () => {
  const { digest } = await pushBlob(ann, repository, "forgotten");
  expect((await verify()).findings).toEqual([]);
  await run("DELETE FROM gc_candidates WHERE digest = ?", digest);
  await findAndRepair("link_unlisted");
  await collectGarbage(
    operatorContext(() => later(48)),
    { dryRun: false },
  );
  expect(await pull(`blobs/${digest}`)).toBe(404);
});

describe("objects", () => {
  const orphan = `blobs/${crypto.randomUUID()}/1`;

  it("that nothing names are a note while a request may be about to name them", async () => {
    await store.put(orphan, sourceFromBytes(bytesOf("left behind")));
    expect((await verify({ repair: true })).findings).toMatchObject([
      { kind: "object_recent", severity: "note", what: orphan, repaired: false },
    ]);
    await store.delete([orphan]);
  });

  it.each([
    ["a segment", orphan],
    ["a manifest", `manifests/sha256/${"a".repeat(64)}/${crypto.randomUUID()}`],
  ])("of %s that a crash left behind go through the collector", async (_, key) => {
    await store.put(key, sourceFromBytes(bytesOf("left behind")));
    expect(await findAndRepair("object_orphaned", { now: later(2) })).toMatchObject({ what: key });
    expect(
      await collectGarbage(
        operatorContext(() => later(2.5)),
        { dryRun: false },
      ),
    ).toMatchObject({ objects: 0 });
    expect(await store.size(key)).toBeGreaterThan(0);
    expect(
      await collectGarbage(
        operatorContext(() => later(4)),
        { dryRun: false },
      ),
    ).toMatchObject({ objects: 1 });
    expect(await store.size(key)).toBeUndefined();
  });

  it("that are named after all when their time comes are not deleted, but struck from the list", async () => {
    const image = await push();
    for (const key of [await keyOfBlob(image.layer), await keyOfManifest(image.digest)]) {
      await run("INSERT INTO gc_objects (key, due_at) VALUES (?, 0)", key);
    }
    expect(await collectGarbage(operatorContext(), { dryRun: false })).toMatchObject({ objects: 0 });
    expect(await rows("SELECT key FROM gc_objects WHERE due_at = 0")).toEqual([]);
    expect(await pull(`blobs/${image.layer}`)).toBe(`layer ${count}`);
  });

  it("of an upload that goes on are its own affair", async () => {
    const started = await ann.send("POST", `/v2/${repository}/blobs/uploads/`);
    const location = new URL(started.headers.get("Location") ?? "", "http://registry.test");
    const at = location.pathname + location.search;
    const sent = await ann.send("PATCH", at, { body: "half", headers: { "Content-Range": "0-3" } });
    expect(sent.status).toBe(202);
    const { checked, findings } = await verify({ repair: true, now: later(2) });
    expect(findings).toEqual([]);
    expect(checked.objects).toBeGreaterThan(0);
    await ann.send("DELETE", at);
  });

  it("under keys that the registry does not make are reported and never touched", async () => {
    const key = "blobs/what-is-this";
    await store.put(key, sourceFromBytes(bytesOf("?")));
    expect((await verify({ repair: true, now: later(2) })).findings).toMatchObject([
      { kind: "object_unknown", severity: "note", what: key, repaired: false },
    ]);
    await store.delete([key]);
  });
});

it("goes on from page to page and counts everything once", async () => {
  for (let n = 0; n < 55; n++) {
    const body = JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [],
      annotations: { n: `${n}` },
    });
    const headers = { "Content-Type": mediaTypes.ociIndex };
    expect((await ann.send("PUT", `/v2/${repository}/manifests/${await sha256(body)}`, { body, headers })).status).toBe(
      201,
    );
  }
  const [total] = await rows<{ manifests: number; blobs: number; links: number }>(
    "SELECT (SELECT count(*) FROM manifests) AS manifests, (SELECT count(*) FROM blobs) AS blobs, (SELECT count(*) FROM blob_links) AS links",
  );
  const { checked, pages } = await verify();
  expect(checked).toMatchObject({ ...total });
  expect(pages).toBeGreaterThan(6);
});

it("is for operators, and takes no cursor that it did not give out", async () => {
  const body = (json: object) => ({ body: JSON.stringify(json), headers: { "Content-Type": "application/json" } });
  expect((await ann.send("POST", "/api/v1/admin/verify", body({}))).status).toBe(403);
  await expect(
    verifyRegistry(operatorContext(), { cursor: "elsewhere:1", repair: false, deep: false }),
  ).rejects.toMatchObject({ code: "invalid_request" });
});
