import { and, asc, eq, gt, isNull, ne, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { Digest } from "../../../core/digests.ts";
import { artifacts, manifests } from "../artifacts/tables.ts";
import { importHold, linkGrace } from "../blobs/index.ts";
import { blobLinks, blobs, gcCandidates, type Segment } from "../blobs/tables.ts";
import { namespaces } from "../namespaces/tables.ts";
import { imports } from "./tables.ts";

const hold = importHold.repository;

/** Nothing is here but the account that asks and its namespace. Content that nobody has does not count. */
const isEmpty = (handle: string) => sql`(
  NOT EXISTS (SELECT 1 FROM users WHERE handle <> ${handle}) AND NOT EXISTS (SELECT 1 FROM namespaces WHERE handle <> ${handle})
  AND NOT EXISTS (SELECT 1 FROM artifacts) AND NOT EXISTS (SELECT 1 FROM projections WHERE applied_seq > 0)
  AND NOT EXISTS (SELECT 1 FROM blob_links WHERE repository <> ${hold}))`;

export interface ImportRow {
  readonly id: string;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

export async function findImport(database: D1Database, id: string): Promise<ImportRow | undefined> {
  return (await drizzle(database).select().from(imports).where(eq(imports.id, id)))[0];
}

/** What is in the registry, as far as it decides whether something may be imported. */
export async function registryContent(database: D1Database, handle: string) {
  const row = await drizzle(database).get<{ empty: number; accounts: number; artifacts: number }>(
    sql`SELECT ${isEmpty(handle)} AS empty, (SELECT count(*) FROM users) AS accounts, (SELECT count(*) FROM artifacts) AS artifacts`,
  );
  return { ...row, empty: row.empty === 1 };
}

/**
 * Begins or takes up an import; undefined when the registry is not empty and this import did not begin while it was. One
 * that got nowhere is given up for another: what came in with it belongs to nobody yet.
 */
export async function startImportRow(
  database: D1Database,
  start: { id: string; handle: string; at: number },
): Promise<ImportRow | undefined> {
  const { id, handle, at } = start;
  const db = drizzle(database);
  const [, , , rows] = await db.batch([
    db.delete(imports).where(and(isNull(imports.finishedAt), ne(imports.id, id), isEmpty(handle))),
    db
      .insert(imports)
      .select(sql`SELECT ${id}, ${at}, NULL WHERE ${isEmpty(handle)}`)
      .onConflictDoNothing(),
    // Listed by an upload whose answer was lost: an import may take longer than the collector waits.
    db.delete(gcCandidates).where(eq(gcCandidates.repository, hold)),
    db.select().from(imports).where(eq(imports.id, id)),
  ]);
  return rows[0];
}

/** Takes a blob that just came in off the collector's list until the import is over. */
export async function holdBlob(database: D1Database, digest: Digest): Promise<void> {
  await drizzle(database)
    .delete(gcCandidates)
    .where(and(eq(gcCandidates.repository, hold), eq(gcCandidates.digest, digest)));
}

/** Ends an import: lets go of what was held, and lists for the collector whatever no manifest turned out to need. */
export async function finishImportRow(database: D1Database, id: string, at: number): Promise<ImportRow | undefined> {
  const db = drizzle(database);
  const [, , , rows] = await db.batch([
    db
      .insert(gcCandidates)
      .select(
        sql`SELECT l.repository, l.digest, ${at + linkGrace} FROM blob_links l WHERE NOT EXISTS (
          SELECT 1 FROM artifacts a JOIN manifest_references r ON r.artifact_id = a.id
          WHERE a.repository = l.repository AND r.digest = l.digest)`,
      )
      .onConflictDoNothing(),
    db.delete(blobLinks).where(eq(blobLinks.repository, hold)),
    db
      .update(imports)
      .set({ finishedAt: sql`coalesce(${imports.finishedAt}, ${at})` })
      .where(eq(imports.id, id)),
    db.select().from(imports).where(eq(imports.id, id)),
  ]);
  return rows[0];
}

/** The namespace with this id. */
export async function namespaceById(database: D1Database, id: string) {
  return (await drizzle(database).select().from(namespaces).where(eq(namespaces.id, id)))[0];
}

/** All blobs after `last`, in digest order. */
export async function blobPage(database: D1Database, last: string | undefined, limit: number) {
  return drizzle(database)
    .select({ digest: blobs.digest, size: blobs.size })
    .from(blobs)
    .where(last === undefined ? undefined : gt(blobs.digest, last))
    .orderBy(asc(blobs.digest))
    .limit(limit);
}

/** Where a blob's bytes are, whoever has it. */
export async function findBlob(
  database: D1Database,
  digest: Digest,
): Promise<{ size: number; segments: readonly Segment[] } | undefined> {
  const rows = await drizzle(database)
    .select({ size: blobs.size, segments: blobs.segments })
    .from(blobs)
    .where(eq(blobs.digest, digest));
  return rows[0];
}

/** Where a manifest's bytes are. */
export async function findManifest(database: D1Database, artifactId: string, digest: Digest) {
  const rows = await drizzle(database)
    .select({ size: manifests.size, objectKey: manifests.objectKey, body: manifests.body })
    .from(manifests)
    .innerJoin(artifacts, eq(artifacts.id, manifests.artifactId))
    .where(and(eq(manifests.artifactId, artifactId), eq(manifests.digest, digest)));
  return rows[0];
}
