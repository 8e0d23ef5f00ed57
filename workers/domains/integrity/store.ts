import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { Digest } from "../../../core/digests.ts";
import type { Repository } from "../../../core/identifiers.ts";
import { manifestReferences } from "../artifacts/tables.ts";
import { linkGrace, namedObject, objectGrace } from "../blobs/index.ts";
import { blobLinks, blobs, gcObjects } from "../blobs/tables.ts";

/** Namespaces in order of their id, behind `after` or from `from` on. */
export async function namespacePage(database: D1Database, after: string, limit: number, from?: string) {
  const start = from === undefined ? sql`id > ${after}` : sql`id >= ${from}`;
  return drizzle(database).all<{ id: string; name: string }>(
    sql`SELECT id, kind || '/' || handle AS name FROM namespaces WHERE ${start} ORDER BY id LIMIT ${limit}`,
  );
}

/** The namespace that is called `users/<handle>` or `orgs/<handle>`. */
export async function namespaceOfName(database: D1Database, name: string) {
  const [kind = "", handle = ""] = name.split("/");
  const rows = await drizzle(database).all<{ id: string; name: string }>(
    sql`SELECT id, kind || '/' || handle AS name FROM namespaces WHERE handle = ${handle} AND kind = ${kind}`,
  );
  return rows[0];
}

export interface BlobRow {
  readonly digest: Digest;
  readonly size: number;
  /** JSON, exactly as it is stored: a repair compares it, so that it never hits a row that was made anew. */
  readonly segments: string;
  /** 1 when no repository holds it and the collector does not look for it. */
  readonly unheld: number;
}

export async function blobPage(database: D1Database, after: string, limit: number): Promise<BlobRow[]> {
  return drizzle(database).all<BlobRow>(sql`
    SELECT digest, size, segments, NOT EXISTS (SELECT 1 FROM blob_links l WHERE l.digest = blobs.digest)
      AND NOT EXISTS (SELECT 1 FROM gc_candidates c WHERE c.digest = blobs.digest) AS unheld
    FROM blobs WHERE digest > ${after} ORDER BY digest LIMIT ${limit}`);
}

/** Whether the blob's row is still the one that was looked at. */
export async function isSameBlob(database: D1Database, { digest, segments }: BlobRow): Promise<boolean> {
  const rows = await drizzle(database).all(
    sql`SELECT 1 FROM blobs WHERE digest = ${digest} AND segments = ${segments}`,
  );
  return rows.length > 0;
}

/**
 * Forgets a blob whose bytes are no good, with its links, so that the next push stores the content again; what is left
 * of its objects goes to the collector. Returns false when the row has changed since it was looked at.
 */
export async function forgetBlob(
  database: D1Database,
  { digest, segments }: BlobRow,
  now: number,
  onlyUnheld = false,
): Promise<boolean> {
  const db = drizzle(database);
  const unheld = onlyUnheld ? sql`AND NOT EXISTS (SELECT 1 FROM blob_links l WHERE l.digest = ${digest})` : sql``;
  const same = sql`digest = ${digest} AND segments = ${segments} ${unheld}`;
  const [, , gone] = await db.batch([
    db
      .insert(gcObjects)
      .select(
        sql`SELECT segment.value ->> '$.key', ${now + objectGrace} FROM blobs, json_each(segments) AS segment WHERE ${same}`,
      )
      .onConflictDoNothing(),
    db.delete(blobLinks).where(sql`${blobLinks.digest} = ${digest} AND EXISTS (SELECT 1 FROM blobs WHERE ${same})`),
    db.delete(blobs).where(same).returning({ digest: blobs.digest }),
  ]);
  return gone.length > 0;
}

export interface ManifestRecord {
  readonly artifactId: string;
  readonly repository: Repository;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  readonly objectKey: string;
  /** Bytes in the index, as D1 hands out a BLOB. */
  readonly body: readonly number[] | null;
  /** JSON array of what the index says that it names. */
  readonly named: string;
}

export async function manifestPage(
  database: D1Database,
  after: readonly [artifactId: string, digest: string],
  limit: number,
): Promise<ManifestRecord[]> {
  return drizzle(database).all<ManifestRecord>(sql`
    SELECT m.artifact_id AS artifactId, a.repository, m.digest, m.media_type AS mediaType, m.size, m.object_key AS objectKey, m.body,
      (SELECT json_group_array(r.digest) FROM manifest_references r
        WHERE r.artifact_id = m.artifact_id AND r.manifest_digest = m.digest) AS named
    FROM manifests m JOIN artifacts a ON a.id = m.artifact_id
    WHERE (m.artifact_id, m.digest) > (${after[0]}, ${after[1]}) ORDER BY m.artifact_id, m.digest LIMIT ${limit}`);
}

const standing = ({ artifactId, digest, objectKey }: ManifestRecord) =>
  sql`EXISTS (SELECT 1 FROM manifests WHERE artifact_id = ${artifactId} AND digest = ${digest} AND object_key = ${objectKey})`;

export async function isSameManifest(database: D1Database, record: ManifestRecord): Promise<boolean> {
  return (await drizzle(database).all<{ same: number }>(sql`SELECT ${standing(record)} AS same`))[0]?.same === 1;
}

/** Leaves a manifest's bytes to the store: what the index held of them is wrong. */
export async function clearBody(database: D1Database, { artifactId, digest, objectKey }: ManifestRecord) {
  await drizzle(database).run(
    sql`UPDATE manifests SET body = NULL WHERE artifact_id = ${artifactId} AND digest = ${digest} AND object_key = ${objectKey}`,
  );
}

/** Makes the index say of a manifest that still stands what its bytes say. */
export async function setReferences(database: D1Database, record: ManifestRecord, digests: readonly Digest[]) {
  const db = drizzle(database);
  const wanted = sql`(SELECT value FROM json_each(${JSON.stringify(digests)}))`;
  await db.batch([
    db
      .insert(manifestReferences)
      .select(sql`SELECT ${record.artifactId}, ${record.digest}, value FROM ${wanted} WHERE ${standing(record)}`)
      .onConflictDoNothing(),
    db.delete(manifestReferences).where(sql`artifact_id = ${record.artifactId}
      AND manifest_digest = ${record.digest} AND digest NOT IN ${wanted} AND ${standing(record)}`),
  ]);
}

/** Of what manifests need (`[repository, digest]`), what their repository cannot serve, and whether the blob exists. */
export async function unlinkedContent(database: D1Database, needed: readonly (readonly [Repository, Digest])[]) {
  return drizzle(database).all<{ repository: Repository; digest: Digest; stored: number }>(sql`
    SELECT need.value ->> 0 AS repository, need.value ->> 1 AS digest,
      EXISTS (SELECT 1 FROM blobs b WHERE b.digest = need.value ->> 1) AS stored
    FROM json_each(${JSON.stringify(needed)}) AS need
    WHERE NOT EXISTS (SELECT 1 FROM blob_links l WHERE l.repository = need.value ->> 0 AND l.digest = need.value ->> 1)`);
}

/** Tags that name a manifest, in order. */
export async function tagsOf(database: D1Database, { artifactId, digest }: ManifestRecord): Promise<string[]> {
  const rows = await drizzle(database).all<{ tag: string }>(
    sql`SELECT tag FROM tags WHERE artifact_id = ${artifactId} AND digest = ${digest} ORDER BY tag`,
  );
  return rows.map(({ tag }) => tag);
}

/** Links a stored blob to a repository of which a manifest that still stands names it. Returns whether it did. */
export async function restoreLink(database: D1Database, record: ManifestRecord, digest: Digest, now: number) {
  const rows = await drizzle(database).all(sql`
    INSERT INTO blob_links (repository, digest, created_at)
    SELECT ${record.repository}, digest, ${now} FROM blobs WHERE digest = ${digest} AND ${standing(record)}
    ON CONFLICT DO NOTHING RETURNING digest`);
  return rows.length > 0;
}

/** Links in order, each with whether the collector would ever look at it although no manifest needs it. */
export async function linkPage(database: D1Database, after: readonly [string, string], limit: number) {
  return drizzle(database).all<{ repository: Repository; digest: Digest; unlisted: number }>(sql`
    SELECT l.repository, l.digest,
      NOT EXISTS (SELECT 1 FROM gc_candidates c WHERE c.repository = l.repository AND c.digest = l.digest)
      AND NOT EXISTS (SELECT 1 FROM artifacts a JOIN manifest_references r ON r.artifact_id = a.id
        WHERE a.repository = l.repository AND r.digest = l.digest) AS unlisted
    FROM blob_links l WHERE (l.repository, l.digest) > (${after[0]}, ${after[1]})
    ORDER BY l.repository, l.digest LIMIT ${limit}`);
}

/** Lets the collector look at a link, a day from now: it decides by itself then. */
export async function listLink(database: D1Database, repository: Repository, digest: Digest, now: number) {
  await drizzle(database).run(sql`
    INSERT INTO gc_candidates (repository, digest, due_at) VALUES (${repository}, ${digest}, ${now + linkGrace})
    ON CONFLICT DO NOTHING`);
}

/** Of these keys, those that no blob and no manifest names and that the collector does not know of. */
export async function unnamedObjects(database: D1Database, keys: readonly string[]): Promise<string[]> {
  const rows = await drizzle(database).all<{ key: string }>(sql`
    SELECT object.value AS key FROM json_each(${JSON.stringify(keys)}) AS object
    WHERE NOT EXISTS (SELECT 1 FROM gc_objects g WHERE g.key = object.value) AND NOT ${namedObject(sql`object.value`)}`);
  return rows.map((row) => row.key);
}
