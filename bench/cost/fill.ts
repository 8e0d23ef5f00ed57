import type { MeteredRegistry } from "./registry.ts";

const perArtifact = 100;

/**
 * Fills the registry's database with versions of other people's artifacts, 100 of each, all rows that a published version
 * has. Written as SQL: a hundred thousand pushes would take an hour and leave the same rows.
 */
export async function fillRegistry({ database }: MeteredRegistry, versions: number): Promise<void> {
  const artifacts = Math.ceil(versions / perArtifact);
  const numbers = (count: number) =>
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1})`;
  const digest = (kind: string) => `'sha256:' || printf('%s%060d', '${kind}', n.i)`;
  const artifact = `'artifact-' || (n.i / ${perArtifact})`;
  const repository = `'users/filler-' || (n.i / ${perArtifact}) || '/thing'`;
  const version = `'1.' || (n.i % ${perArtifact}) || '.0'`;
  const inserts = [
    `${numbers(artifacts)} INSERT INTO namespaces (id, kind, handle, visibility, created_at)
      SELECT 'namespace-' || n.i, 'users', 'filler-' || n.i, 'public', 1 FROM n`,
    `${numbers(artifacts)} INSERT INTO artifacts (id, namespace_id, name, repository, type, visibility, version_count, created_at, updated_at)
      SELECT 'artifact-' || n.i, 'namespace-' || n.i, 'thing', 'users/filler-' || n.i || '/thing', 'module-oci', 'public', ${perArtifact}, n.i, n.i FROM n`,
    `${numbers(versions)} INSERT INTO manifests (artifact_id, digest, media_type, size, object_key, pushed_at)
      SELECT ${artifact}, ${digest("aaaa")}, 'application/vnd.oci.image.manifest.v1+json', 500, 'filled/' || n.i, 1 FROM n`,
    `${numbers(versions)} INSERT INTO tags (artifact_id, tag, digest, updated_at)
      SELECT ${artifact}, ${version}, ${digest("aaaa")}, 1 FROM n`,
    `${numbers(versions)} INSERT INTO versions (artifact_id, version, digest, state, size, manifest, published_at, published_by)
      SELECT ${artifact}, ${version}, ${digest("aaaa")}, 'published', 500, '{}', 1, 'filler' FROM n`,
    `${numbers(versions)} INSERT INTO blobs (digest, size, segments, created_at)
      SELECT ${digest("bbbb")}, 500, '[{"key":"filled/blob-' || n.i || '","size":500}]', 1 FROM n`,
    `${numbers(versions)} INSERT INTO blob_links (repository, digest, created_at) SELECT ${repository}, ${digest("bbbb")}, 1 FROM n`,
    `${numbers(versions)} INSERT INTO manifest_references (artifact_id, manifest_digest, digest)
      SELECT ${artifact}, ${digest("aaaa")}, ${digest("bbbb")} FROM n`,
  ];
  for (const insert of inserts) await database.prepare(insert).run();
}
