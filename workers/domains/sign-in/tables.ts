import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "../auth/tables.ts";

const at = (name: string) => integer(name, { mode: "timestamp_ms" });

/** Who somebody is elsewhere: whom a provider's word lets in. */
export const identities = sqliteTable(
  "identities",
  {
    /** The issuer's own spelling, or GitHub's address. */
    issuer: text().notNull(),
    /** Never changes and is never given to somebody else; names and addresses are only shown. */
    subject: text().notNull(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    name: text(),
    email: text(),
    linkedAt: at("linked_at").notNull(),
    lastUsedAt: at("last_used_at"),
  },
  (table) => [primaryKey({ columns: [table.issuer, table.subject] }), index("identities_by_user").on(table.userId)],
);

/** Browsers that were sent to a provider and have not come back. */
export const signInAttempts = sqliteTable(
  "sign_in_attempts",
  {
    /** SHA-256 of the `state`, hex: whoever comes back with it uses the row up. */
    hash: text().primaryKey(),
    provider: text().notNull(),
    /** SHA-256 of the cookie of the browser that began: nobody else may come back. */
    browser: text().notNull(),
    nonce: text().notNull(),
    verifier: text().notNull(),
    returnTo: text("return_to").notNull(),
    /** The signed-in person who links an identity; null for a sign-in. */
    linkTo: text("link_to").references(() => users.id),
    createdAt: at("created_at").notNull(),
    expiresAt: at("expires_at").notNull(),
  },
  (table) => [index("sign_in_attempts_by_expiry").on(table.expiresAt)],
);

/** People whom a provider vouched for and who have no account yet. */
export const provedIdentities = sqliteTable(
  "proved_identities",
  {
    /** SHA-256 of the cookie that the browser got for it, hex. */
    hash: text().primaryKey(),
    provider: text().notNull(),
    issuer: text().notNull(),
    subject: text().notNull(),
    name: text(),
    email: text(),
    returnTo: text("return_to").notNull(),
    expiresAt: at("expires_at").notNull(),
  },
  (table) => [index("proved_identities_by_expiry").on(table.expiresAt)],
);
