import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "../auth/tables.ts";
import { namespaces } from "../namespaces/tables.ts";

/** Runs of a CI system that may publish an artifact. Not bound to a row of `artifacts`: a rule may come first. */
export const publisherRules = sqliteTable(
  "publisher_rules",
  {
    id: text().primaryKey(),
    namespaceId: text("namespace_id")
      .notNull()
      .references(() => namespaces.id),
    /** OCI repository, `users/<handle>/<name>`. */
    repository: text().notNull(),
    provider: text({ enum: ["github", "gitlab", "oidc"] }).notNull(),
    issuer: text().notNull(),
    /** What tokens are found by: the repository or project in lower case, or the subject. */
    source: text().notNull(),
    /** Claims that a token must have, in the words of the provider: see `rule.ts`. */
    conditions: text({ mode: "json" }).$type<Record<string, string>>().notNull(),
    /** Numeric ids of owner and repository: of whoever had the names when the rule was made or first used. */
    pins: text({ mode: "json" }).$type<Record<string, string>>(),
    createdBy: text("created_by")
      .notNull()
      .references(() => users.id),
    createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull(),
    lastUsedAt: integer("last_used_at", { mode: "timestamp_ms" }),
  },
  (table) => [
    index("publisher_rules_by_source").on(table.issuer, table.source),
    index("publisher_rules_by_repository").on(table.repository),
  ],
);

/** Artifacts whose versions come from trusted publishers alone. */
export const publishingPolicies = sqliteTable("publishing_policies", {
  repository: text().primaryKey(),
  namespaceId: text("namespace_id")
    .notNull()
    .references(() => namespaces.id),
  updatedBy: text("updated_by")
    .notNull()
    .references(() => users.id),
  updatedAt: integer("updated_at", { mode: "timestamp_ms" }).notNull(),
});

/** Tokens of issuers that were exchanged: each is good once. Kept until the token itself ends. */
export const exchangedTokens = sqliteTable(
  "exchanged_tokens",
  {
    issuer: text().notNull(),
    /** `jti` of the token. */
    id: text().notNull(),
    expiresAt: integer("expires_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.issuer, table.id] }), index("exchanged_tokens_by_end").on(table.expiresAt)],
);
