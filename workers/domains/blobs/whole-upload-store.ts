import { and, eq, sql } from "drizzle-orm";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import type { Digest } from "../../../core/digests.ts";
import type { Repository } from "../../../core/identifiers.ts";
import { candidate, linkGrace } from "./garbage.ts";
import { blobLinks, blobs, gcObjects, wholeUploads } from "./tables.ts";

const hour = 60 * 60 * 1000;
/** Longer than an opening is good for, so that no row goes, or its bytes, while somebody may still ask for it. */
const keptFor = 25 * hour;

/** What one request brought: an object that no blob names yet. */
export interface StoredBytes {
  readonly key: string;
  readonly size: number;
  readonly digest: Digest;
}

/** Where an upload stands whose first PATCH carried everything. */
export type WholeUpload =
  | (StoredBytes & { readonly state: "stored" | "finished" | "moved"; readonly storedAt: number })
  | { readonly state: "cancelled" };

type Row = typeof wholeUploads.$inferSelect;

/** Reads a row; undefined when there is none. */
export function wholeUploadOf(row: Row | undefined): WholeUpload | undefined {
  if (!row) return undefined;
  if (row.state === "cancelled") return { state: "cancelled" };
  const { objectKey, size, digest, state, dueAt } = row;
  if (objectKey === null || size === null || digest === null) throw new Error("an upload that took bytes names them");
  return { key: objectKey, size, digest: digest as Digest, state, storedAt: dueAt - keptFor };
}

/** Selects the row of an upload, for `wholeUploadOf`. */
export function wholeUploadQuery(db: DrizzleD1Database, upload: string) {
  return db.select().from(wholeUploads).where(eq(wholeUploads.upload, upload));
}

/** Runs `wholeUploadQuery` alone. */
export async function findWholeUpload(database: D1Database, upload: string): Promise<WholeUpload | undefined> {
  return wholeUploadOf((await wholeUploadQuery(drizzle(database), upload))[0]);
}

/** Lists an object before it is stored, so that the collector finds it when whoever stores it cannot tell of it. */
export async function expectObject(database: D1Database, key: string, now: number): Promise<void> {
  await drizzle(database)
    .insert(gcObjects)
    .values({ key, dueAt: now + keptFor })
    .onConflictDoNothing();
}

/** Notes what the first PATCH of an upload stored, unless something was noted before. Returns what is noted. */
export async function noteWholeUpload(
  database: D1Database,
  upload: string,
  { key, size, digest }: StoredBytes,
  now: number,
): Promise<WholeUpload> {
  const row = { upload, state: "stored" as const, objectKey: key, size, digest, dueAt: now + keptFor };
  const [noted] = await drizzle(database)
    .insert(wholeUploads)
    .values(row)
    // Changes nothing: it makes the row that is there come back.
    .onConflictDoUpdate({ target: wholeUploads.upload, set: { upload: sql`excluded.upload` } })
    .returning();
  return wholeUploadOf(noted) as WholeUpload;
}

export interface WholeRecord {
  readonly upload: string;
  readonly stored: StoredBytes;
  /** What the content is recorded as. */
  readonly digest: Digest;
  readonly repository: Repository;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Records what a PATCH stored as a blob of the repository and ends the upload, all or nothing. Safe to repeat and to do
 * twice at once. "copy": somebody else stored the same content before, and these bytes are not needed; "gone": the upload
 * was cancelled, has moved or ended otherwise meanwhile.
 */
export async function recordWholeUpload(
  database: D1Database,
  { upload, stored, digest, repository, at }: WholeRecord,
): Promise<"kept" | "copy" | "gone"> {
  const db = drizzle(database);
  const { key, size } = stored;
  const waits = sql`EXISTS (SELECT 1 FROM whole_uploads WHERE upload = ${upload} AND state = 'stored' AND object_key = ${key})`;
  const segments = JSON.stringify([{ key, size }]);
  const [, , , , rows] = await db.batch([
    db
      .insert(blobs)
      .select(sql`SELECT ${digest}, ${size}, ${segments}, ${at} WHERE ${waits}`)
      .onConflictDoNothing(),
    db
      .insert(blobLinks)
      .select(sql`SELECT ${repository}, ${digest}, ${at} WHERE ${waits}`)
      .onConflictDoNothing(),
    candidate(db, { repository, digest, dueAt: at + linkGrace }, waits),
    db
      .update(wholeUploads)
      .set({ state: "finished", digest })
      .where(and(eq(wholeUploads.upload, upload), waits)),
    db
      .select({ segments: blobs.segments })
      .from(wholeUploads)
      .innerJoin(blobs, eq(blobs.digest, wholeUploads.digest))
      .where(sql`upload = ${upload} AND state = 'finished' AND object_key = ${key} AND ${blobs.digest} = ${digest}`),
  ]);
  const [found] = rows;
  if (!found) return "gone";
  return found.segments[0]?.key === key ? "kept" : "copy";
}

/**
 * Cancels an upload that waits for its PUT or has taken nothing, and gives what it stored to the collector; one that has
 * finished or moved stays as it is. Returns where it stood before.
 */
export async function cancelWholeUpload(
  database: D1Database,
  upload: string,
  now: number,
): Promise<WholeUpload | undefined> {
  const db = drizzle(database);
  const [before] = await db.batch([
    wholeUploadQuery(db, upload),
    db
      .insert(gcObjects)
      .select(sql`SELECT object_key, ${now} FROM whole_uploads WHERE upload = ${upload} AND state = 'stored'`)
      .onConflictDoUpdate({ target: gcObjects.key, set: { dueAt: sql`excluded.due_at` } }),
    db
      .insert(wholeUploads)
      .values({ upload, state: "cancelled", dueAt: now + keptFor })
      .onConflictDoUpdate({
        target: wholeUploads.upload,
        set: { state: "cancelled" },
        setWhere: eq(wholeUploads.state, "stored"),
      }),
  ]);
  return wholeUploadOf(before[0]);
}

/** Says that a session goes on with the upload. Returns false when the row is not of an upload that waits for its PUT. */
export async function moveWholeUpload(database: D1Database, upload: string): Promise<boolean> {
  const moved = await drizzle(database)
    .update(wholeUploads)
    .set({ state: "moved" })
    .where(and(eq(wholeUploads.upload, upload), eq(wholeUploads.state, "stored")))
    .returning({ upload: wholeUploads.upload });
  return moved.length > 0;
}
