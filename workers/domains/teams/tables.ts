import { index, integer, primaryKey, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { users } from "../auth/tables.ts";
import { namespaces } from "../namespaces/tables.ts";

/** Groups of people in an organisation who may do the same. */
export const teams = sqliteTable(
  "teams",
  {
    id: text().primaryKey(),
    namespaceId: text("namespace_id")
      .notNull()
      .references(() => namespaces.id),
    name: text().notNull(),
    createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [unique("teams_by_name").on(table.namespaceId, table.name)],
);

/** Who is in a team. The namespace is the team's: what a person is somewhere is found by one seek. */
export const teamMembers = sqliteTable(
  "team_members",
  {
    namespaceId: text("namespace_id")
      .notNull()
      .references(() => namespaces.id),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    teamId: text("team_id")
      .notNull()
      .references(() => teams.id, { onDelete: "cascade" }),
    addedAt: integer("added_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.namespaceId, table.userId, table.teamId] }),
    index("team_members_by_team").on(table.teamId),
    index("team_members_by_user").on(table.userId),
  ],
);

/** What a team may do: to one artifact, by its name, which need not exist yet, or to the whole organisation. */
export const teamGrants = sqliteTable(
  "team_grants",
  {
    teamId: text("team_id")
      .notNull()
      .references(() => teams.id, { onDelete: "cascade" }),
    /** Empty: the whole organisation. */
    artifact: text().notNull(),
    role: text({ enum: ["admin", "write", "read"] }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.teamId, table.artifact] })],
);
