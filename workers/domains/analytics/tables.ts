import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * Downloads as they were counted. No foreign keys: the counts are nobody's projection, and the artifacts that they
 * belong to may be projected anew.
 */

/** All downloads of a manifest in an artifact. */
export const downloadTotals = sqliteTable(
  "download_totals",
  {
    artifactId: text("artifact_id").notNull(),
    digest: text().notNull(),
    total: integer().notNull(),
    lastPulledAt: integer("last_pulled_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.artifactId, table.digest] })],
);

/** The same downloads by day, for as long as days are kept. */
export const downloadDays = sqliteTable(
  "download_days",
  {
    artifactId: text("artifact_id").notNull(),
    /** UTC, `2026-10-20`. */
    day: text().notNull(),
    digest: text().notNull(),
    total: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.artifactId, table.day, table.digest] }),
    // What is too old is found by its day alone.
    index("download_days_by_day").on(table.day),
  ],
);

/** Batches of counts that were added, by the id that their isolate gave them: a queue may deliver one more than once. */
export const downloadBatches = sqliteTable(
  "download_batches",
  {
    id: text().primaryKey(),
    addedAt: integer("added_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [index("download_batches_by_time").on(table.addedAt)],
);
