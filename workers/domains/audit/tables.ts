import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { AuditRecord } from "../../../core/audit/entry.ts";

/** What changed in D1 and has no place in its namespace's chain yet: written with the change, gone once it has one. */
export const auditOutbox = sqliteTable(
  "audit_outbox",
  {
    /** In the order of the commits. */
    number: integer().primaryKey({ autoIncrement: true }),
    /** Id of the namespace whose chain it belongs to, or `registry`. */
    chain: text().notNull(),
    record: text({ mode: "json" }).$type<AuditRecord>().notNull(),
  },
  (table) => [index("audit_outbox_by_chain").on(table.chain, table.number)],
);
