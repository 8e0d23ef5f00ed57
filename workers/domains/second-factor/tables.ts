import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "../auth/tables.ts";
import { namespaces } from "../namespaces/tables.ts";

const at = (name: string) => integer(name, { mode: "timestamp_ms" });

/** The secret that an account shares with an authenticator app (RFC 6238). One per account. */
export const totpSecrets = sqliteTable("totp_secrets", {
  userId: text("user_id")
    .primaryKey()
    .references(() => users.id),
  /** Sealed: see `seal.ts`. */
  secret: text().notNull(),
  createdAt: at("created_at").notNull(),
  /** Null until the app has shown a right code: before that it counts for nothing. */
  confirmedAt: at("confirmed_at"),
  /** Step (30 s since the epoch) of the last code that was accepted: codes of it and of those before are used up. */
  lastStep: integer("last_step").notNull().default(0),
});

/** Public keys of authenticators (WebAuthn). */
export const passkeys = sqliteTable(
  "passkeys",
  {
    id: text().primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    /** Base64url, as the authenticator names it. */
    credentialId: text("credential_id").notNull().unique(),
    /** COSE key, base64url. */
    publicKey: text("public_key").notNull(),
    /** Signatures that the authenticator has counted; 0 for ever with those that do not count. */
    counter: integer().notNull(),
    transports: text({ mode: "json" }).$type<string[]>().notNull(),
    /** True when it is kept by a provider for several devices. */
    synced: integer({ mode: "boolean" }).notNull(),
    name: text().notNull(),
    createdAt: at("created_at").notNull(),
    lastUsedAt: at("last_used_at"),
  },
  (table) => [index("passkeys_by_user").on(table.userId)],
);

/** Codes for whoever has lost every other factor. A code that was used is gone. */
export const recoveryCodes = sqliteTable(
  "recovery_codes",
  {
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    /** SHA-256 of user and code, hex. A code has 80 random bits, so a fast hash is enough. */
    hash: text().notNull(),
    createdAt: at("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.hash] })],
);

/** When an account asks for its factor. Without a row: at sign-in, as soon as it has one. */
export const factorLevels = sqliteTable("factor_levels", {
  userId: text("user_id")
    .primaryKey()
    .references(() => users.id),
  level: text({ enum: ["sign-in", "publish"] }).notNull(),
  changedAt: at("changed_at").notNull(),
});

/** What a half-done sign-in goes on with. */
export interface ChallengeOpening {
  readonly proved: readonly string[];
  readonly signIn: string | null;
  readonly scopes: readonly string[];
  readonly browser: boolean;
}

/** Questions that wait minutes for an answer: sign-ins that are half done, and ceremonies of passkeys. */
export const factorChallenges = sqliteTable(
  "factor_challenges",
  {
    /** SHA-256 of the challenge, hex; the WebAuthn challenge is the same text. */
    hash: text().primaryKey(),
    purpose: text({ enum: ["sign-in", "passkey-sign-in", "passkey-registration", "step-up"] }).notNull(),
    /** Whom it is for; null when a passkey has yet to say. */
    userId: text("user_id").references(() => users.id),
    /** What a sign-in had proved, and what its session is to be. */
    opening: text({ mode: "json" }).$type<ChallengeOpening>(),
    /** Answers that were tried. */
    tries: integer().notNull().default(0),
    createdAt: at("created_at").notNull(),
    expiresAt: at("expires_at").notNull(),
  },
  (table) => [index("factor_challenges_by_expiry").on(table.expiresAt)],
);

/** Tokens that were bought with a fresh factor, for clients that cannot send a code with each call. */
export const stepUpTokens = sqliteTable(
  "step_up_tokens",
  {
    /** SHA-256 of the token, hex. */
    hash: text().primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    /** `<kind> <id>` of the session or API key that bought it: it counts together with that one only. */
    boughtBy: text("bought_by").notNull(),
    createdAt: at("created_at").notNull(),
    expiresAt: at("expires_at").notNull(),
  },
  (table) => [index("step_up_tokens_by_expiry").on(table.expiresAt)],
);

/** Where only a person with a fresh factor, or a trusted publisher, may change what is published. */
export const stepUpRules = sqliteTable(
  "step_up_rules",
  {
    namespaceId: text("namespace_id")
      .notNull()
      .references(() => namespaces.id),
    /** Name of an artifact; empty for the whole namespace. Not an id: a rule may come before the first push. */
    artifact: text().notNull(),
    setBy: text("set_by")
      .notNull()
      .references(() => users.id),
    setAt: at("set_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.namespaceId, table.artifact] })],
);
