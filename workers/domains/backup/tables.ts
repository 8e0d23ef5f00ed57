import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Backups that were, or are being, imported into this registry. */
export const imports = sqliteTable("imports", {
  /** Digest of what the backup says about itself: the same content has the same id. */
  id: text().primaryKey(),
  startedAt: integer("started_at", { mode: "timestamp_ms" }).notNull(),
  /** Null until everything is in. */
  finishedAt: integer("finished_at", { mode: "timestamp_ms" }),
});
