import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { users } from "../auth/tables.ts";
import { namespaces } from "../namespaces/tables.ts";

const at = (name: string) => integer(name, { mode: "timestamp_ms" });

/** What a namespace says that it is elsewhere, and how far that is proved. */
export const verifications = sqliteTable(
  "verifications",
  {
    id: text().primaryKey(),
    namespaceId: text("namespace_id")
      .notNull()
      .references(() => namespaces.id),
    kind: text({ enum: ["domain", "github"] }).notNull(),
    /** The domain, or the account, in lower case. Several namespaces may prove the same one: a company has several. */
    subject: text().notNull(),
    /** What the proof has to say. No secret: it is shown to the world. */
    token: text().notNull(),
    /** pending: never proved · verified · ended: the proof went away. */
    state: text({ enum: ["pending", "verified", "ended"] }).notNull(),
    /** Where the proof was found last. */
    method: text({ enum: ["dns", "well-known", "repository"] }),
    startedBy: text("started_by")
      .notNull()
      .references(() => users.id),
    startedAt: at("started_at").notNull(),
    verifiedAt: at("verified_at"),
    checkedAt: at("checked_at"),
    /** When the schedule looks again. */
    dueAt: at("due_at"),
    /** Since when checks of a verified one fail without a break, and how many did. */
    failingSince: at("failing_since"),
    failures: integer().notNull().default(0),
  },
  (table) => [
    unique("verifications_by_subject").on(table.namespaceId, table.kind, table.subject),
    index("verified_by_due")
      .on(table.dueAt)
      .where(sql`state = 'verified'`),
  ],
);
