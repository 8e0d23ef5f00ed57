import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** One row per person or robot that can sign in. Lives only in D1. */
export const users = sqliteTable("users", {
  id: text().primaryKey(),
  /** The user's own namespace is `users/<handle>`; the handle is claimed in `namespaces`. */
  handle: text().notNull().unique(),
  email: text(),
  /** `scrypt$<N>$<r>$<p>$<salt>$<hash>`, base64. */
  passwordHash: text("password_hash").notNull(),
  /** Operators run the installation: they may read every namespace's administration, not its private bytes. */
  operator: integer({ mode: "boolean" }).notNull().default(false),
  createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull(),
});

/** API keys; the key itself is never stored. */
export const apiKeys = sqliteTable("api_keys", {
  id: text().primaryKey(),
  userId: text("user_id")
    .notNull()
    .references(() => users.id),
  name: text().notNull(),
  /** SHA-256 of the whole key, hex. The key has 178 random bits, so a fast hash is enough. */
  hash: text().notNull().unique(),
  scopes: text({ mode: "json" }).$type<string[]>().notNull(),
  createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull(),
  expiresAt: integer("expires_at", { mode: "timestamp_ms" }),
  lastUsedAt: integer("last_used_at", { mode: "timestamp_ms" }),
});
