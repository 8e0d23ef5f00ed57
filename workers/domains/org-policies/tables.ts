import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { OrgPolicy } from "../../../core/org-policies/policy.ts";
import { users } from "../auth/tables.ts";
import { namespaces } from "../namespaces/tables.ts";

/** What organisations demand; one without demands has no row. */
export const orgPolicies = sqliteTable("org_policies", {
  namespaceId: text("namespace_id")
    .primaryKey()
    .references(() => namespaces.id),
  policy: text({ mode: "json" }).$type<OrgPolicy>().notNull(),
  updatedBy: text("updated_by")
    .notNull()
    .references(() => users.id),
  updatedAt: integer("updated_at", { mode: "timestamp_ms" }).notNull(),
});
