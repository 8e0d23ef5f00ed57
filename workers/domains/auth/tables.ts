import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** One row per person or robot that can sign in. Lives only in D1. */
export const users = sqliteTable(
  "users",
  {
    id: text().primaryKey(),
    /** The user's own namespace is `users/<handle>`; the handle is claimed in `namespaces`. */
    handle: text().notNull().unique(),
    email: text(),
    /** When the address was proved by a token that was sent to it; null: nobody knows whose it is. */
    emailVerifiedAt: integer("email_verified_at", { mode: "timestamp_ms" }),
    /** `scrypt$<N>$<r>$<p>$<salt>$<hash>`, base64. */
    passwordHash: text("password_hash").notNull(),
    /** Operators run the installation: they may read every namespace's administration; private bytes only to back them up. */
    operator: integer({ mode: "boolean" }).notNull().default(false),
    createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull(),
    /** A deleted account keeps its row, without anything that is the person's, so that the handle stays taken. */
    deletedAt: integer("deleted_at", { mode: "timestamp_ms" }),
  },
  // A reset asked for by address must not read all accounts.
  () => [
    index("users_by_email")
      .on(sql`lower(email)`)
      .where(sql`email_verified_at IS NOT NULL`),
  ],
);

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
  /** Namespaces (`users/x`) and artifacts (`users/x/name`) that it is for; null: all that its user may reach. */
  reach: text({ mode: "json" }).$type<string[]>(),
  /** Networks that it may be used from, in the spelling of `networks.ts`; null: all. */
  networks: text({ mode: "json" }).$type<string[]>(),
  /** How often it was rotated. Tokens name it: those that an older secret bought end with that secret. */
  generation: integer().notNull().default(0),
  /** The secret before the last rotation, which is good until `previousUntil`. */
  previousHash: text("previous_hash").unique(),
  previousUntil: integer("previous_until", { mode: "timestamp_ms" }),
  /** How its owner had signed in when it was made, for organisations that take only some ways; null: nobody kept that. */
  signIn: text("sign_in"),
});

/** Sign-ins. A session is one family of refresh tokens: only the newest is good, an older one ends the family. */
export const sessions = sqliteTable(
  "sessions",
  {
    id: text().primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull(),
    /** Sign-in or last refresh. */
    lastUsedAt: integer("last_used_at", { mode: "timestamp_ms" }).notNull(),
    expiresAt: integer("expires_at", { mode: "timestamp_ms" }).notNull(),
    /** Null while it is good. The row stays for a day after that, for access tokens that are still about. */
    revokedAt: integer("revoked_at", { mode: "timestamp_ms" }),
    address: text(),
    agent: text(),
    /** SHA-256 of the newest refresh token, hex. */
    refreshHash: text("refresh_hash").notNull().unique(),
    /** How often it was refreshed. */
    rotations: integer().notNull().default(0),
    /** When a second factor was proved in it last. */
    factorAt: integer("factor_at", { mode: "timestamp_ms" }),
    /** What its tokens may be used for. */
    scopes: text({ mode: "json" }).$type<string[]>().notNull().default(["admin"]),
    /** What it rests on (`Proof`); empty: it was opened before anybody kept that. */
    proved: text({ mode: "json" }).$type<string[]>().notNull().default([]),
    /** `password`, `passkey`, or the id of the provider that vouched; null: nobody kept that. */
    signIn: text("sign_in"),
  },
  (table) => [
    index("sessions_by_user").on(table.userId, table.lastUsedAt),
    index("sessions_by_revocation").on(table.revokedAt),
    index("sessions_by_expiry").on(table.expiresAt),
  ],
);

/** Refresh tokens that were exchanged already: whoever shows one again has a copy, or the owner does. */
export const spentRefreshTokens = sqliteTable(
  "spent_refresh_tokens",
  {
    /** SHA-256 of the token, hex. */
    hash: text().primaryKey(),
    sessionId: text("session_id")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
  },
  (table) => [index("spent_refresh_tokens_by_session").on(table.sessionId)],
);
