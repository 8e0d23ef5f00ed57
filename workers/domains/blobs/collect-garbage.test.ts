import { env } from "cloudflare:workers";
import { beforeEach, expect, it } from "vitest";
import { digestBytes } from "../../../core/digests.ts";
import type { Digest } from "../../../core/digests.ts";
import type { Repository } from "../../../core/identifiers.ts";
import { sourceFromBytes } from "../../storage/byte-source.ts";
import { blobStoreOf } from "../../storage/index.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { linkGrace, objectGrace, pinTime } from "./garbage.ts";
import { findLinkedBlob, linkFrom, pinLinks, recordBlob, unlinkBlob } from "./store.ts";

const store = blobStoreOf(env);
const one = "users/ann/one" as Repository;
const two = "users/ann/two" as Repository;
const start = 1_800_000_000_000;

let counter = 0;
let digest: Digest;
let key: string;

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

const collect = (now: number, dryRun = false) =>
  collectGarbage({ db: env.DB, blobs: store, log: quiet, now: () => now }, { dryRun });

async function upload(repository: Repository, at: number, content = `content ${counter}`): Promise<boolean> {
  key = `blobs/test-${counter}/${at}`;
  const bytes = new TextEncoder().encode(content);
  digest = await digestBytes("sha256", bytes);
  await store.put(key, sourceFromBytes(bytes));
  return recordBlob(env.DB, {
    digest,
    size: bytes.byteLength,
    segments: [{ key, size: bytes.byteLength }],
    repository,
    at,
  });
}

/** Lets a manifest of the repository name the blob, as the projection would. */
async function name(repository: Repository): Promise<void> {
  await env.DB.batch([
    env.DB.prepare(
      "INSERT OR IGNORE INTO namespaces (id, kind, handle, visibility, created_at) VALUES ('ns', 'users', 'ann', 'public', 0)",
    ),
    env.DB.prepare(
      `INSERT OR IGNORE INTO artifacts (id, namespace_id, name, repository, type, visibility, version_count, created_at, updated_at)
       VALUES (?1, 'ns', ?1, ?1, 'module-oci', 'public', 0, 0, 0)`,
    ).bind(repository),
    env.DB.prepare("INSERT INTO manifest_references (artifact_id, manifest_digest, digest) VALUES (?, ?, ?)").bind(
      repository,
      `sha256:manifest-${counter}`,
      digest,
    ),
  ]);
}

beforeEach(async () => {
  counter += 1;
  await collect(start + 1_000 * linkGrace);
});

it("keeps a fresh upload for a day and then takes it back, bytes an hour later", async () => {
  await upload(one, start);
  expect(await collect(start + linkGrace - 1)).toMatchObject({ links: 0, blobs: 0, objects: 0 });
  expect(await findLinkedBlob(env.DB, one, digest)).toBeDefined();

  const due = start + linkGrace;
  expect(await collect(due)).toMatchObject({ links: 1, blobs: 1, bytes: `content ${counter}`.length, objects: 0 });
  expect(await findLinkedBlob(env.DB, one, digest)).toBeUndefined();
  expect(await store.size(key)).toBeGreaterThan(0);

  expect(await collect(due + objectGrace)).toMatchObject({ objects: 1 });
  expect(await store.size(key)).toBeUndefined();
  expect(await collect(due + 2 * objectGrace)).toMatchObject({ examined: 0, objects: 0 });
});

it("never touches what a manifest names", async () => {
  await upload(one, start);
  await name(one);
  expect(await collect(start + 10 * linkGrace)).toMatchObject({ examined: 1, links: 0, blobs: 0 });
  expect(await findLinkedBlob(env.DB, one, digest)).toBeDefined();
});

it("keeps a blob that another repository still holds, and removes only the link", async () => {
  await upload(one, start);
  await linkFrom(env.DB, digest, { repository: one, outsider: false }, two, start);
  await name(two);
  expect(await collect(start + linkGrace)).toMatchObject({ links: 1, blobs: 0 });
  expect(await findLinkedBlob(env.DB, one, digest)).toBeUndefined();
  expect(await findLinkedBlob(env.DB, two, digest)).toBeDefined();
});

it("leaves alone what a publish has just checked", async () => {
  await upload(one, start);
  const publishing = start + linkGrace - pinTime / 2;
  expect(await pinLinks(env.DB, one, [digest], publishing)).toEqual([]);
  expect(await collect(start + linkGrace + pinTime)).toMatchObject({ examined: 0 });
  expect(await collect(publishing + linkGrace)).toMatchObject({ links: 1, blobs: 1 });
});

it("lets content that was collected be uploaded again at once, under new objects", async () => {
  await upload(one, start);
  const old = key;
  const due = start + linkGrace;
  await collect(due);
  expect(await upload(one, due + 1)).toBe(true);
  expect(key).not.toBe(old);
  expect(await collect(due + objectGrace)).toMatchObject({ objects: 1 });
  expect(await store.size(old)).toBeUndefined();
  expect(await findLinkedBlob(env.DB, one, digest)).toMatchObject({ segments: [{ key }] });
  expect(await store.size(key)).toBeGreaterThan(0);
});

it("keeps the objects of a record that is repeated after the blob was collected, because its answer was lost", async () => {
  await upload(one, start);
  const bytes = `content ${counter}`.length;
  const due = start + linkGrace;
  await collect(due);
  const record = { digest, size: bytes, segments: [{ key, size: bytes }], repository: one, at: due + 1 };
  expect(await recordBlob(env.DB, record)).toBe(true);
  expect(await collect(due + objectGrace)).toMatchObject({ objects: 0 });
  expect(await store.size(key)).toBe(bytes);
});

it("collects a blob that its last repository gave up", async () => {
  await upload(one, start);
  expect(await unlinkBlob(env.DB, one, digest, start + 1)).toBe("unlinked");
  expect(await collect(start + linkGrace)).toMatchObject({ blobs: 1 });
});

it("foretells exactly what it then does", async () => {
  await upload(one, start);
  await linkFrom(env.DB, digest, { repository: one, outsider: false }, two, start);
  const due = start + linkGrace;
  const { dryRun: _, ...foretold } = await collect(due, true);
  expect(await findLinkedBlob(env.DB, one, digest)).toBeDefined();
  expect(foretold).toMatchObject({ links: 2, blobs: 1 });
  expect(await collect(due)).toMatchObject(foretold);
});

it("finishes a collection that broke off between deleting objects and forgetting them", async () => {
  await upload(one, start);
  const due = start + linkGrace;
  await collect(due);
  await store.delete([key]);
  expect(await collect(due + objectGrace)).toMatchObject({ objects: 1 });
  expect(await collect(due + objectGrace)).toMatchObject({ objects: 0 });
});
