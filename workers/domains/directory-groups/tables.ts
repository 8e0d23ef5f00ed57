import { index, integer, primaryKey, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { directoryUsers } from "../directory-users/tables.ts";
import { namespaces } from "../namespaces/tables.ts";
import { teams } from "../teams/tables.ts";

/** Teams that an organisation's directory keeps (SCIM groups). */
export const directoryGroups = sqliteTable(
  "directory_groups",
  {
    teamId: text("team_id")
      .primaryKey()
      .references(() => teams.id, { onDelete: "cascade" }),
    namespaceId: text("namespace_id")
      .notNull()
      .references(() => namespaces.id),
    /** As the directory spells it; the team's name is made from it. */
    displayName: text("display_name").notNull(),
    externalId: text("external_id"),
    updatedAt: integer("updated_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [
    index("directory_groups_by_namespace").on(table.namespaceId),
    unique("directory_groups_by_external_id").on(table.namespaceId, table.externalId),
  ],
);

/** Who the directory says is in a group; places in the team follow as soon as a person has an account here. */
export const directoryGroupMembers = sqliteTable(
  "directory_group_members",
  {
    teamId: text("team_id")
      .notNull()
      .references(() => directoryGroups.teamId, { onDelete: "cascade" }),
    personId: text("person_id")
      .notNull()
      .references(() => directoryUsers.id, { onDelete: "cascade" }),
  },
  (table) => [
    primaryKey({ columns: [table.teamId, table.personId] }),
    index("directory_group_members_by_person").on(table.personId),
  ],
);
