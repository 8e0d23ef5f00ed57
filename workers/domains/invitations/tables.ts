import { index, integer, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { users } from "../auth/tables.ts";
import { namespaces } from "../namespaces/tables.ts";

/** Invitations that were not answered yet; a row goes with its answer. */
export const invitations = sqliteTable(
  "invitations",
  {
    id: text().primaryKey(),
    namespaceId: text("namespace_id")
      .notNull()
      .references(() => namespaces.id),
    /** Who is invited: a user's id, or an address in lower case. One open invitation each. */
    invitee: text().notNull(),
    /** Set when an account is invited. */
    userId: text("user_id").references(() => users.id),
    /** SHA-256 of the token that was sent to an invited address, hex; null when an account is invited. */
    tokenHash: text("token_hash").unique(),
    /** Null: only into teams. */
    role: text({ enum: ["owner", "admin", "write", "read"] }),
    /** Ids of teams. */
    teams: text({ mode: "json" }).$type<string[]>().notNull(),
    /** Good only while they may still invite. */
    invitedBy: text("invited_by")
      .notNull()
      .references(() => users.id),
    createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull(),
    expiresAt: integer("expires_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [
    unique("invitations_by_invitee").on(table.namespaceId, table.invitee),
    index("invitations_by_user").on(table.userId),
    index("invitations_by_expiry").on(table.expiresAt),
  ],
);
