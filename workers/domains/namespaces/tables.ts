import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "../auth/tables.ts";

/** Namespaces of users and organisations. Rows are never deleted, so a handle is never used twice. */
export const namespaces = sqliteTable("namespaces", {
  id: text().primaryKey(),
  kind: text({ enum: ["users", "orgs"] }).notNull(),
  /** One space for users and organisations: this constraint decides every race for a handle. */
  handle: text().notNull().unique(),
  visibility: text({ enum: ["public", "private"] })
    .notNull()
    .default("public"),
  createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull(),
});

/** Who may do what in a namespace. */
export const members = sqliteTable(
  "members",
  {
    namespaceId: text("namespace_id")
      .notNull()
      .references(() => namespaces.id),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    role: text({ enum: ["owner", "admin", "write", "read"] }).notNull(),
    addedAt: integer("added_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.namespaceId, table.userId] }), index("members_by_user").on(table.userId)],
);
