import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "../auth/tables.ts";

const at = (name: string) => integer(name, { mode: "timestamp_ms" });

/** Devices that wait for a person to let them in (RFC 8628). */
export const deviceRequests = sqliteTable(
  "device_requests",
  {
    /** SHA-256 of the device code, hex. */
    hash: text().primaryKey(),
    /** SHA-256 of the code that the person types, hex. */
    userCode: text("user_code").notNull().unique(),
    /** What the client calls itself and its device: shown, never trusted. */
    client: text().notNull(),
    device: text(),
    agent: text(),
    address: text(),
    scopes: text({ mode: "json" }).$type<string[]>().notNull(),
    createdAt: at("created_at").notNull(),
    expiresAt: at("expires_at").notNull(),
    /** Seconds that the client has to wait between its questions; grows when it does not. */
    interval: integer().notNull(),
    askedAt: at("asked_at"),
    state: text({ enum: ["waiting", "approved", "denied"] }).notNull(),
    /** Who decided, how they had signed in, and what the device's session rests on. */
    userId: text("user_id").references(() => users.id),
    signIn: text("sign_in"),
    proved: text({ mode: "json" }).$type<string[]>(),
  },
  (table) => [index("device_requests_by_expiry").on(table.expiresAt)],
);
