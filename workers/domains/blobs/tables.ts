import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** One stored part of a blob; a blob is its segments one after the other. */
export interface Segment {
  readonly key: string;
  readonly size: number;
}

/** One row per unique content: where its bytes are. Shared by all repositories. */
export const blobs = sqliteTable(
  "blobs",
  {
    digest: text().primaryKey(),
    size: integer().notNull(),
    segments: text({ mode: "json" }).$type<Segment[]>().notNull(),
    createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull(),
  },
  // Whether anything names an object: all segments of a blob belong to one upload, so the first one's key finds them all.
  () => [index("blobs_by_object").on(sql`(segments ->> '$[0].key')`)],
);

/**
 * Links that may have to go: every link is listed when it is made and again when a manifest that named it goes. The
 * collector looks at those that are due and at nothing else, so its work does not grow with what is stored.
 */
export const gcCandidates = sqliteTable(
  "gc_candidates",
  {
    repository: text().notNull(),
    digest: text().notNull(),
    /** Until then the link is safe, whether or not a manifest names it. */
    dueAt: integer("due_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.repository, table.digest] }), index("gc_candidates_by_due").on(table.dueAt)],
);

/** Objects that nothing refers to any more. Their keys are never used again, so deleting one late is always safe. */
export const gcObjects = sqliteTable(
  "gc_objects",
  {
    key: text().primaryKey(),
    /** Until then somebody who began to read it may still be reading. */
    dueAt: integer("due_at").notNull(),
  },
  (table) => [index("gc_objects_by_due").on(table.dueAt)],
);

/**
 * Uploads whose first PATCH carried the whole blob, as docker sends it: one row is all that they need. Every other upload
 * has a session of its own.
 */
export const wholeUploads = sqliteTable(
  "whole_uploads",
  {
    upload: text().primaryKey(),
    /**
     * stored: waits for its PUT · finished: recorded as `digest` · moved: a session goes on with it · cancelled: kept as
     * long as its opening could begin it anew.
     */
    state: text({ enum: ["stored", "finished", "moved", "cancelled"] }).notNull(),
    /** Null when it was cancelled before it took any bytes, as are the next two. */
    objectKey: text("object_key"),
    size: integer(),
    digest: text(),
    /** Until then the row is kept, and with it the bytes that no PUT has asked for. */
    dueAt: integer("due_at").notNull(),
  },
  (table) => [index("whole_uploads_by_due").on(table.dueAt)],
);

/** Which repository may serve which blob. Made by an upload or a mount, before any manifest names the blob. */
export const blobLinks = sqliteTable(
  "blob_links",
  {
    repository: text().notNull(),
    digest: text()
      .notNull()
      .references(() => blobs.digest),
    createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.repository, table.digest] }),
    index("blob_links_by_digest").on(table.digest),
  ],
);
