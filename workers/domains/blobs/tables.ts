import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** One stored part of a blob; a blob is its segments one after the other. */
export interface Segment {
  readonly key: string;
  readonly size: number;
}

/** One row per unique content: where its bytes are. Shared by all repositories. */
export const blobs = sqliteTable("blobs", {
  digest: text().primaryKey(),
  size: integer().notNull(),
  segments: text({ mode: "json" }).$type<Segment[]>().notNull(),
  createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull(),
});

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
  (table) => [primaryKey({ columns: [table.repository, table.digest] }), index("blob_links_by_digest").on(table.digest)],
);
