import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "../auth/tables.ts";
import { namespaces } from "../namespaces/tables.ts";

/**
 * What each handle looks like (`core/names/skeleton.ts`). NOT NULL on purpose: who claims a handle that could be taken for a
 * protected one writes NULL, which aborts the whole claim. No foreign key: rows are computed from the handles alone.
 */
export const handleSkeletons = sqliteTable(
  "handle_skeletons",
  { handle: text().primaryKey(), skeleton: text().notNull() },
  (table) => [index("handle_skeletons_by_skeleton").on(table.skeleton)],
);

/** Artifacts that many people download, which new names of others must not look like. Computed anew once a day. */
export const popularNames = sqliteTable(
  "popular_names",
  {
    artifactId: text("artifact_id").primaryKey(),
    namespaceId: text("namespace_id")
      .notNull()
      .references(() => namespaces.id),
    name: text().notNull(),
    skeleton: text().notNull(),
    /** Characters of the name. */
    length: integer().notNull(),
    downloads: integer().notNull(),
    computedAt: integer("computed_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [
    index("popular_names_by_skeleton").on(table.skeleton),
    index("popular_names_by_length").on(table.length),
    index("popular_names_by_namespace").on(table.namespaceId),
  ],
);

/** Names that an operator lets pass although they look like others. */
export const allowedNames = sqliteTable("allowed_names", {
  /** A handle, or an artifact's repository. */
  name: text().primaryKey(),
  allowedBy: text("allowed_by")
    .notNull()
    .references(() => users.id),
  allowedAt: integer("allowed_at", { mode: "timestamp_ms" }).notNull(),
});
