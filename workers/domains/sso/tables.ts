import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "../auth/tables.ts";
import { namespaces } from "../namespaces/tables.ts";

const at = (name: string) => integer(name, { mode: "timestamp_ms" });

/** OpenID providers of organisations: one each. */
export const ssoProviders = sqliteTable("sso_providers", {
  namespaceId: text("namespace_id")
    .primaryKey()
    .references(() => namespaces.id),
  /** The issuer's own spelling. */
  issuer: text().notNull(),
  clientId: text("client_id").notNull(),
  /** Sealed for this organisation; null for a public client. */
  secret: text(),
  /** Only people with a verified address in one of these domains come in; null: all of the provider's. */
  domains: text({ mode: "json" }).$type<string[]>(),
  /** What people become at their first sign-in. Never owner. */
  role: text({ enum: ["admin", "write", "read"] }).notNull(),
  /**
   * What tells a person of the directory (SCIM) from others: their subject at the provider, their verified address, or
   * Entra ID's `oid`, which then is their subject here too: Entra's own subjects differ from client to client.
   */
  match: text({ enum: ["subject", "email", "object-id"] }).notNull(),
  updatedBy: text("updated_by")
    .notNull()
    .references(() => users.id),
  updatedAt: at("updated_at").notNull(),
});

/** Secrets with which an organisation's directory provisions its people (SCIM). */
export const scimTokens = sqliteTable(
  "scim_tokens",
  {
    id: text().primaryKey(),
    namespaceId: text("namespace_id")
      .notNull()
      .references(() => namespaces.id),
    /** SHA-256, hex. */
    hash: text().notNull().unique(),
    name: text().notNull(),
    createdBy: text("created_by")
      .notNull()
      .references(() => users.id),
    createdAt: at("created_at").notNull(),
    lastUsedAt: at("last_used_at"),
  },
  (table) => [index("scim_tokens_by_namespace").on(table.namespaceId)],
);
