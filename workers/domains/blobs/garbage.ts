import { type SQL, sql } from "drizzle-orm";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import type { Digest } from "../../../core/digests.ts";
import type { Repository } from "../../../core/identifiers.ts";
import { blobLinks, blobs, gcCandidates, gcObjects, wholeUploads } from "./tables.ts";

const hour = 60 * 60 * 1000;
/** A blob that was uploaded or lost its last manifest waits this long for a manifest that names it. */
export const linkGrace = 24 * hour;
/** A publish is over long before this: so long a link that it checked stays safe. */
export const pinTime = hour;
/** An object that lost its last reference is kept this long for downloads that had begun. */
export const objectGrace = hour;

/** Rows of one batch: far below what D1 allows for one. */
const batchSize = 200;

/** Lists a link for the collector, or lists it anew with a later date; only where `condition` holds. */
export function candidate(
  db: DrizzleD1Database,
  { repository, digest, dueAt }: { repository: Repository; digest: Digest; dueAt: number },
  condition: SQL = sql`true`,
) {
  return db
    .insert(gcCandidates)
    .select(sql`SELECT ${repository}, ${digest}, ${dueAt} WHERE ${condition}`)
    .onConflictDoUpdate({
      target: [gcCandidates.repository, gcCandidates.digest],
      set: { dueAt: sql`max(${gcCandidates.dueAt}, excluded.due_at)` },
    });
}

/**
 * True while any namespace's projection is rebuilt: until it is complete, that a manifest or object is not named in D1
 * means nothing, so the collector waits.
 */
const rebuilding = sql`EXISTS (SELECT 1 FROM projections WHERE rebuild_to IS NOT NULL)`;

/** The oldest due candidates: every statement of one batch sees the same ones. */
const due = (now: number) =>
  sql`(SELECT repository, digest FROM gc_candidates WHERE due_at <= ${now} AND NOT ${rebuilding} ORDER BY due_at, repository, digest LIMIT ${batchSize})`;

const unnamed = sql`NOT EXISTS (
  SELECT 1 FROM artifacts a JOIN manifest_references r ON r.artifact_id = a.id
  WHERE a.repository = ${blobLinks.repository} AND r.digest = ${blobLinks.digest})`;

const unlinked = sql`NOT EXISTS (SELECT 1 FROM blob_links l WHERE l.digest = ${blobs.digest})`;

export interface Collected {
  /** Candidates that were looked at. */
  readonly examined: number;
  /** Links that no manifest needed. */
  readonly links: number;
  /** Blobs that no repository held any more. */
  readonly blobs: number;
  /** Their bytes. */
  readonly bytes: number;
}

/**
 * Looks at the next due candidates: removes links that no manifest names, then blobs that have no link, and lists their
 * objects for deletion. One atomic batch, so an upload or mount of the same content comes either before it and keeps
 * the blob, or after it and stores the content anew.
 */
export async function collectLinks(database: D1Database, now: number): Promise<Collected> {
  const db = drizzle(database);
  const lost = sql`${blobs.digest} IN (SELECT digest FROM ${due(now)}) AND ${unlinked}`;
  const [links, , gone, examined] = await db.batch([
    db
      .delete(blobLinks)
      .where(sql`(${blobLinks.repository}, ${blobLinks.digest}) IN ${due(now)} AND ${unnamed}`)
      .returning({ digest: blobLinks.digest }),
    db
      .insert(gcObjects)
      .select(
        sql`SELECT json_extract(segment.value, '$.key'), ${now + objectGrace} FROM ${blobs}, json_each(${blobs.segments}) AS segment WHERE ${lost}`,
      )
      // Listed before as an orphan, and recorded after all.
      .onConflictDoUpdate({ target: gcObjects.key, set: { dueAt: sql`max(${gcObjects.dueAt}, excluded.due_at)` } }),
    db.delete(blobs).where(lost).returning({ size: blobs.size }),
    db
      .delete(gcCandidates)
      .where(sql`(${gcCandidates.repository}, ${gcCandidates.digest}) IN ${due(now)}`)
      .returning({ digest: gcCandidates.digest }),
  ]);
  return {
    examined: examined.length,
    links: links.length,
    blobs: gone.length,
    bytes: gone.reduce((sum, blob) => sum + blob.size, 0),
  };
}

/** True when a manifest, a blob as one of its segments, or an upload that waits for its PUT names the object of this key. */
export const namedObject = (key: SQL): SQL => {
  // The key up to its second slash: all segments of a blob belong to one upload, so the first one's finds them by an index.
  const upload = sql`substr(${key}, 1, 6 + instr(substr(${key}, 7), '/'))`;
  return sql`(EXISTS (SELECT 1 FROM manifests m WHERE m.object_key = ${key})
    OR EXISTS (SELECT 1 FROM blobs b, json_each(b.segments) AS s WHERE (b.segments ->> '$[0].key') >= ${upload}
      AND (b.segments ->> '$[0].key') < ${upload} || '~' AND s.value ->> '$.key' = ${key})
    OR EXISTS (SELECT 1 FROM whole_uploads w WHERE w.upload = rtrim(substr(${upload}, 7), '/') AND w.object_key = ${key}
      AND w.state = 'stored'))`;
};

/**
 * Keys of objects that are due for deletion. What something names after all is struck from the list first: an object
 * that was taken for an orphan while its push was under way.
 */
export async function dueObjects(database: D1Database, now: number): Promise<string[]> {
  const db = drizzle(database);
  const oldest = sql`(SELECT key FROM gc_objects WHERE due_at <= ${now} AND NOT ${rebuilding} ORDER BY due_at, key LIMIT ${batchSize})`;
  const [, rows] = await db.batch([
    db.delete(gcObjects).where(sql`${gcObjects.key} IN ${oldest} AND ${namedObject(sql`${gcObjects.key}`)}`),
    db
      .select({ key: gcObjects.key })
      .from(gcObjects)
      .where(sql`${gcObjects.key} IN ${oldest}`),
  ]);
  return rows.map((row) => row.key);
}

/** Gives objects to the collector, unless something names them by now; it asks again before it deletes them. */
export async function listObjects(database: D1Database, keys: readonly string[], now: number): Promise<void> {
  await drizzle(database).run(sql`
    INSERT INTO gc_objects (key, due_at)
    SELECT object.value, ${now + objectGrace} FROM json_each(${JSON.stringify(keys)}) AS object
    WHERE NOT ${namedObject(sql`object.value`)} ON CONFLICT (key) DO NOTHING`);
}

/**
 * Forgets uploads whose time is over and lists what they stored: `dueObjects` tells what became part of a blob. Returns how
 * many there were in this batch.
 */
export async function expireWholeUploads(database: D1Database, now: number): Promise<number> {
  const db = drizzle(database);
  const over = sql`upload IN (SELECT upload FROM whole_uploads WHERE due_at <= ${now} ORDER BY due_at, upload LIMIT ${batchSize})`;
  const [, gone] = await db.batch([
    db
      .insert(gcObjects)
      .select(sql`SELECT object_key, ${now} FROM whole_uploads WHERE ${over} AND object_key IS NOT NULL`)
      .onConflictDoNothing(),
    db.delete(wholeUploads).where(over).returning({ upload: wholeUploads.upload }),
  ]);
  return gone.length;
}

/** Forgets objects whose deletion succeeded. */
export async function forgetObjects(database: D1Database, keys: readonly string[]): Promise<void> {
  await drizzle(database).run(
    sql`DELETE FROM gc_objects WHERE key IN (SELECT value FROM json_each(${JSON.stringify(keys)}))`,
  );
}

/** What a collection at `now` would do, without doing it. */
export async function previewGarbage(database: D1Database, now: number): Promise<Collected & { objects: number }> {
  const db = drizzle(database);
  const row = await db.get<{ examined: number; links: number; objects: number }>(sql`
    SELECT (SELECT count(*) FROM gc_candidates WHERE due_at <= ${now}) AS examined,
      (SELECT count(*) FROM gc_objects WHERE due_at <= ${now}) AS objects,
      (SELECT count(*) FROM blob_links JOIN gc_candidates c USING (repository, digest) WHERE c.due_at <= ${now} AND ${unnamed}) AS links`);
  const lost = await db.all<{ size: number }>(sql`
    SELECT size FROM blobs WHERE digest IN (SELECT digest FROM gc_candidates WHERE due_at <= ${now}) AND NOT EXISTS (
      SELECT 1 FROM blob_links WHERE blob_links.digest = ${blobs.digest} AND NOT (
        EXISTS (SELECT 1 FROM gc_candidates c WHERE c.repository = blob_links.repository AND c.digest = blob_links.digest AND c.due_at <= ${now})
        AND ${unnamed}))`);
  return { ...row, blobs: lost.length, bytes: lost.reduce((sum, blob) => sum + blob.size, 0) };
}
