import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { digestBytes } from "../../../core/digests.ts";
import type { Repository } from "../../../core/identifiers.ts";
import { sourceFromBytes } from "../../storage/byte-source.ts";
import { blobStoreOf } from "../../storage/index.ts";
import { collectGarbage, findLinkedBlob, importHold, linkGrace, objectGrace, recordBlob } from "../blobs/index.ts";
import { finishImportRow, holdBlob, registryContent, startImportRow } from "./store.ts";

const store = blobStoreOf(env);
const start = 1_800_000_000_000;
const later = start + 30 * linkGrace;
const id = `sha256:${"1".repeat(64)}`;
const handle = "keeper";
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const collect = (now: number) => collectGarbage({ db: env.DB, blobs: store, log, now: () => now }, { dryRun: false });
const repository = "users/ann/tool" as Repository;

async function bringIn(content: string, held: boolean) {
  const bytes = new TextEncoder().encode(content);
  const digest = await digestBytes("sha256", bytes);
  const key = `blobs/${content}/1`;
  await store.put(key, sourceFromBytes(bytes));
  const segments = [{ key, size: bytes.byteLength }];
  await recordBlob(env.DB, { digest, size: bytes.byteLength, segments, repository: importHold.repository, at: start });
  if (held) await holdBlob(env.DB, digest);
  return { digest, key };
}

it("content of an import waits for the import, however long it takes, and goes when nothing needs it", async () => {
  expect(await startImportRow(env.DB, { id, handle, at: start })).toMatchObject({ id, finishedAt: null });
  const needed = await bringIn("needed", true);
  // The answer of this one was lost; taking the import up again makes up for that.
  const unneeded = await bringIn("unneeded", false);
  expect(await registryContent(env.DB, handle)).toMatchObject({ empty: true });
  expect(await startImportRow(env.DB, { id, handle, at: later })).toMatchObject({ id });
  expect(await collect(later)).toMatchObject({ links: 0, blobs: 0, objects: 0 });

  await env.DB.batch([
    env.DB.prepare(
      "INSERT INTO namespaces (id, kind, handle, visibility, created_at) VALUES ('ns', 'users', 'ann', 'public', 0)",
    ),
    env.DB.prepare(
      `INSERT INTO artifacts (id, namespace_id, name, repository, type, visibility, version_count, created_at, updated_at)
       VALUES ('a', 'ns', 'tool', ?, 'module-oci', 'public', 0, 0, 0)`,
    ).bind(repository),
    env.DB.prepare("INSERT INTO manifest_references (artifact_id, manifest_digest, digest) VALUES ('a', 'm', ?)").bind(
      needed.digest,
    ),
    ...[needed, unneeded].map(({ digest }) =>
      env.DB.prepare("INSERT INTO blob_links (repository, digest, created_at) VALUES (?, ?, 0)").bind(
        repository,
        digest,
      ),
    ),
  ]);
  expect(await registryContent(env.DB, handle)).toMatchObject({ empty: false });
  expect(await finishImportRow(env.DB, id, later)).toMatchObject({ finishedAt: new Date(later) });

  expect(await collect(later + linkGrace - 1)).toMatchObject({ links: 0, blobs: 0 });
  expect(await collect(later + linkGrace)).toMatchObject({ links: 1, blobs: 1 });
  expect(await collect(later + linkGrace + objectGrace)).toMatchObject({ objects: 1 });
  expect(await findLinkedBlob(env.DB, repository, needed.digest)).toBeDefined();
  expect(await findLinkedBlob(env.DB, repository, unneeded.digest)).toBeUndefined();
  expect([await store.size(needed.key), await store.size(unneeded.key)]).toEqual([6, undefined]);
});

it("only one backup gets into a registry, and one that got nowhere makes room for another", async () => {
  await env.DB.batch(
    ["manifest_references", "artifacts", "blob_links", "namespaces", "imports"].map((table) =>
      env.DB.prepare(`DELETE FROM ${table}`),
    ),
  );
  const other = `sha256:${"2".repeat(64)}`;
  expect(await startImportRow(env.DB, { id, handle, at: start })).toMatchObject({ id });
  expect(await startImportRow(env.DB, { id: other, handle, at: start })).toMatchObject({ id: other });
  await env.DB.prepare("INSERT INTO namespaces (id, kind, handle, created_at) VALUES ('n', 'users', 'ann', 0)").run();
  expect(await startImportRow(env.DB, { id, handle, at: start })).toBeUndefined();
  expect(await startImportRow(env.DB, { id: other, handle, at: start })).toMatchObject({ id: other });
});
