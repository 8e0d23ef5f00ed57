import { and, eq, lt, sql } from "drizzle-orm";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import type { Digest } from "../../../core/digests.ts";
import type { Repository } from "../../../core/identifiers.ts";
import { candidate, linkGrace, pinTime } from "./garbage.ts";
import { blobLinks, blobs, gcCandidates, type Segment } from "./tables.ts";

export interface BlobRecord {
  readonly digest: Digest;
  readonly size: number;
  readonly segments: readonly Segment[];
  readonly repository: Repository;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Records stored content and links it to a repository. Whoever records a digest first decides where its bytes are;
 * returns whether that is this record, so that a later copy can be thrown away. Safe to repeat.
 */
export async function recordBlob(database: D1Database, record: BlobRecord): Promise<boolean> {
  const db = drizzle(database);
  const createdAt = new Date(record.at);
  const [, , , found] = await db.batch([
    db
      .insert(blobs)
      .values({ digest: record.digest, size: record.size, segments: [...record.segments], createdAt })
      .onConflictDoNothing(),
    db
      .insert(blobLinks)
      .values({ repository: record.repository, digest: record.digest, createdAt })
      .onConflictDoNothing(),
    candidate(db, { repository: record.repository, digest: record.digest, dueAt: record.at + linkGrace }),
    db.select({ segments: blobs.segments }).from(blobs).where(eq(blobs.digest, record.digest)),
  ]);
  const stored = found[0]?.segments ?? [];
  return stored.length === record.segments.length && stored[0]?.key === record.segments[0]?.key;
}

export interface LinkedBlob {
  readonly size: number;
  readonly segments: readonly Segment[];
}

/**
 * In SQL, whether outsiders may not see a blob of a repository yet: where content waits to be released, or has to, only
 * blobs are seen that something names which outsiders see. Elsewhere that is two seeks which find nothing.
 */
const hiddenBlob = (repository: Repository, digest: Digest) => sql<boolean>`EXISTS (
  SELECT 1 FROM artifacts a WHERE a.repository = ${repository}
    AND (EXISTS (SELECT 1 FROM held_manifests h WHERE h.artifact_id = a.id)
      OR EXISTS (SELECT 1 FROM org_policies p WHERE p.namespace_id = a.namespace_id AND p.policy ->> 'approval'))
    AND NOT EXISTS (SELECT 1 FROM manifest_references r WHERE r.artifact_id = a.id AND r.digest = ${digest}
      AND NOT EXISTS (SELECT 1 FROM held_manifests h WHERE h.artifact_id = a.id AND h.digest = r.manifest_digest AND h.hidden = 1)))`;

/** Selects a blob as one repository may serve it: no row when it has no link to it. */
export function linkedBlobQuery(db: DrizzleD1Database, repository: Repository, digest: Digest) {
  return db
    .select({
      size: blobs.size,
      segments: blobs.segments,
      hidden: hiddenBlob(repository, digest).mapWith(Boolean).as("hidden"),
    })
    .from(blobLinks)
    .innerJoin(blobs, eq(blobs.digest, blobLinks.digest))
    .where(and(eq(blobLinks.repository, repository), eq(blobLinks.digest, digest)));
}

/** Runs `linkedBlobQuery` alone. */
export async function findLinkedBlob(
  database: D1Database,
  repository: Repository,
  digest: Digest,
): Promise<LinkedBlob | undefined> {
  return (await linkedBlobQuery(drizzle(database), repository, digest))[0];
}

/**
 * Which of `digests` have no link to the repository; the links of the others are safe from the collector from here on,
 * for long enough that the manifest which is about to name them is committed. One round trip whatever their number.
 */
export async function pinLinks(
  database: D1Database,
  repository: Repository,
  digests: readonly Digest[],
  now: number,
): Promise<Digest[]> {
  if (digests.length === 0) return [];
  const db = drizzle(database);
  const wanted = sql`(SELECT value FROM json_each(${JSON.stringify(digests)}))`;
  const [, rows] = await db.batch([
    db
      .update(gcCandidates)
      .set({ dueAt: now + linkGrace })
      .where(
        and(
          eq(gcCandidates.repository, repository),
          lt(gcCandidates.dueAt, now + pinTime),
          sql`${gcCandidates.digest} IN ${wanted}`,
        ),
      ),
    db
      .select({ digest: blobLinks.digest })
      .from(blobLinks)
      .where(and(eq(blobLinks.repository, repository), sql`${blobLinks.digest} IN ${wanted}`)),
  ]);
  const linked = new Set(rows.map((row) => row.digest));
  return digests.filter((digest) => !linked.has(digest));
}

/** Links a blob that another repository holds; returns false when `from` does not hold it, or not for outsiders. */
export async function linkFrom(
  database: D1Database,
  digest: Digest,
  from: { repository: Repository; outsider: boolean },
  to: Repository,
  at: number,
): Promise<boolean> {
  const db = drizzle(database);
  const seen = from.outsider ? sql`AND NOT ${hiddenBlob(from.repository, digest)}` : sql``;
  const [, rows] = await db.batch([
    db
      .insert(blobLinks)
      .select(
        sql`SELECT ${to}, digest, ${at} FROM blob_links WHERE repository = ${from.repository} AND digest = ${digest} ${seen}`,
      )
      .onConflictDoNothing(),
    db
      .select({ digest: blobLinks.digest })
      .from(blobLinks)
      .where(and(eq(blobLinks.repository, to), eq(blobLinks.digest, digest))),
    candidate(db, { repository: to, digest, dueAt: at + linkGrace }),
  ]);
  return rows.length > 0;
}

/**
 * Removes a blob's link to a repository unless a manifest there still names it.
 * Returns "unlinked", "referenced" or "unknown".
 */
export async function unlinkBlob(
  database: D1Database,
  repository: Repository,
  digest: Digest,
  now: number,
): Promise<"unlinked" | "referenced" | "unknown"> {
  const db = drizzle(database);
  const [removed, , left] = await db.batch([
    db
      .delete(blobLinks)
      .where(
        and(
          eq(blobLinks.repository, repository),
          eq(blobLinks.digest, digest),
          sql`NOT EXISTS (SELECT 1 FROM manifest_references r JOIN artifacts a ON a.id = r.artifact_id
            WHERE a.repository = ${repository} AND r.digest = ${digest})`,
          // While its namespace's projection is rebuilt nobody can tell.
          sql`NOT EXISTS (SELECT 1 FROM projections p JOIN namespaces n ON n.id = p.namespace_id
            WHERE p.rebuild_to IS NOT NULL AND ${repository} GLOB n.kind || '/' || n.handle || '/*')`,
        ),
      )
      .returning({ digest: blobLinks.digest }),
    // The collector then looks whether any repository still holds the blob.
    candidate(db, { repository, digest, dueAt: now }),
    db
      .select({ digest: blobLinks.digest })
      .from(blobLinks)
      .where(and(eq(blobLinks.repository, repository), eq(blobLinks.digest, digest))),
  ]);
  if (removed.length > 0) return "unlinked";
  return left.length > 0 ? "referenced" : "unknown";
}
