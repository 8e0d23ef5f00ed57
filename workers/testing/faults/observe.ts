import { env } from "cloudflare:workers";
import { digestBytes } from "../../../core/digests.ts";
import { rows } from "../graph.ts";
import type { BlobStore } from "../../storage/index.ts";
import type { Scene } from "./scene.ts";

/** What readers see, one query per kind of thing; `repositories` and `artifacts` stand for those of the scene. */
const visible = [
  `SELECT 'artifact', repository, type, visibility, latest_version, version_count FROM artifacts WHERE repository IN repositories`,
  `SELECT 'tag', tag, digest FROM tags WHERE artifact_id IN artifacts`,
  `SELECT 'version', version, digest, state, deprecation FROM versions WHERE artifact_id IN artifacts`,
  `SELECT 'manifest', digest, media_type, size, subject FROM manifests WHERE artifact_id IN artifacts`,
  `SELECT 'reference', manifest_digest, digest FROM manifest_references WHERE artifact_id IN artifacts`,
  `SELECT 'blob', l.repository, b.digest, b.size FROM blob_links l JOIN blobs b ON b.digest = l.digest WHERE l.repository IN repositories`,
];

/** Everything that can be seen of a scene, in words that it shares with other scenes. */
export async function observe(scene: Scene): Promise<string> {
  const repositories = `('${scene.repository}', '${scene.other}')`;
  const lines: string[] = [];
  for (const query of visible) {
    const sql = query
      .replace("IN repositories", `IN ${repositories}`)
      .replace("IN artifacts", `IN (SELECT id FROM artifacts WHERE repository IN ${repositories})`);
    for (const row of await rows<Record<string, unknown>>(sql)) lines.push(Object.values(row).join(" "));
  }
  return scene.neutral(lines.join("\n")).split("\n").toSorted().join("\n");
}

/** Says what of everything that can be seen cannot be read. */
export async function unreadable(scene: Scene): Promise<string[]> {
  const wanted = await rows<{ path: string }>(
    `SELECT 'blobs/' || digest AS path FROM blob_links WHERE repository = ?1
     UNION SELECT 'manifests/' || m.digest FROM manifests m JOIN artifacts a ON a.id = m.artifact_id WHERE a.repository = ?1
     UNION SELECT 'manifests/' || t.tag FROM tags t JOIN artifacts a ON a.id = t.artifact_id WHERE a.repository = ?1`,
    scene.repository,
  );
  const faults: string[] = [];
  for (const { path } of wanted) {
    const response = await scene.send("GET", `/v2/${scene.repository}/${path}`, {});
    const bytes = await response.arrayBuffer();
    const expected = response.headers.get("docker-content-digest");
    const actual = await digestBytes("sha256", new Uint8Array(bytes));
    if (response.status !== 200 || expected !== actual) faults.push(`${path}: ${response.status}`);
  }
  return faults;
}

/** Objects that no row names: neither a blob, manifest or upload that waits for its PUT, nor the collector's list. */
export async function ownerless(store: BlobStore): Promise<Set<string>> {
  const named = await env.DB.batch<{ key: string }>([
    env.DB.prepare("SELECT json_extract(s.value, '$.key') AS key FROM blobs, json_each(blobs.segments) AS s"),
    env.DB.prepare("SELECT object_key AS key FROM manifests"),
    env.DB.prepare("SELECT key FROM gc_objects"),
    env.DB.prepare("SELECT object_key AS key FROM whole_uploads WHERE state = 'stored'"),
  ]);
  const owned = new Set(named.flatMap(({ results }) => results.map(({ key }) => key)));
  const found = new Set<string>();
  for await (const { key } of store.list("")) if (!owned.has(key)) found.add(key);
  return found;
}
