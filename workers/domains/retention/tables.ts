import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { RetentionPolicy } from "../../../core/retention/policy.ts";
import { users } from "../auth/tables.ts";
import { namespaces } from "../namespaces/tables.ts";

/** What may go of a namespace's artifacts; the policy of an artifact takes the place of its namespace's. */
export const retentionPolicies = sqliteTable(
  "retention_policies",
  {
    namespaceId: text("namespace_id")
      .notNull()
      .references(() => namespaces.id),
    /** Name of an artifact; empty for the namespace. Not an id: a policy may come before the first push. */
    artifact: text().notNull(),
    policy: text({ mode: "json" }).$type<RetentionPolicy>().notNull(),
    /** Whoever set it last: removals are recorded as theirs. */
    updatedBy: text("updated_by")
      .notNull()
      .references(() => users.id),
    updatedAt: integer("updated_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.namespaceId, table.artifact] })],
);

/** How far the scheduled run is in each namespace that has policies. */
export const retentionRuns = sqliteTable("retention_runs", {
  namespaceId: text("namespace_id")
    .primaryKey()
    .references(() => namespaces.id),
  /** Name of the last artifact of the round under way; empty between two rounds. */
  position: text().notNull(),
  /** When a round was complete; 0 before the first. */
  finishedAt: integer("finished_at", { mode: "timestamp_ms" }).notNull(),
});
