import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "../auth/tables.ts";

/** Tokens that went out by mail and were not used yet. Each is used once; the token itself is never stored here. */
export const mailTokens = sqliteTable(
  "mail_tokens",
  {
    /** SHA-256 of the whole token, hex. The token has 256 random bits, so a fast hash is enough. */
    hash: text().primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    purpose: text({ enum: ["verify-email", "reset-password"] }).notNull(),
    /** Where it was sent: the address that a use of it proves. */
    email: text().notNull(),
    createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull(),
    expiresAt: integer("expires_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [index("mail_tokens_by_user").on(table.userId), index("mail_tokens_by_expiry").on(table.expiresAt)],
);
