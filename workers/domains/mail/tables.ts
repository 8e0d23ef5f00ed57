import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "../auth/tables.ts";

/**
 * Mails on their way: a row is written in the same batch as the change that it tells of, so a crash loses none. Where
 * nothing can send mail (one machine) the operator reads them here.
 */
export const outbox = sqliteTable(
  "outbox",
  {
    id: text().primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    recipient: text().notNull(),
    subject: text().notNull(),
    /** Empty once it was sent or given up: it may hold a token. */
    text: text().notNull(),
    /** waiting to be sent · sent · kept here for the operator to read · failed for good. */
    state: text({ enum: ["waiting", "sent", "kept", "failed"] }).notNull(),
    /** Tries that began. */
    attempts: integer().notNull().default(0),
    createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull(),
    /** When the next try is due. */
    dueAt: integer("due_at", { mode: "timestamp_ms" }).notNull(),
    /** Not sent after this: what it says is then no longer true. */
    expiresAt: integer("expires_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [index("outbox_by_due").on(table.state, table.dueAt), index("outbox_by_user").on(table.userId)],
);
