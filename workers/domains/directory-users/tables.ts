import { index, integer, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { users } from "../auth/tables.ts";
import { namespaces } from "../namespaces/tables.ts";

const at = (name: string) => integer(name, { mode: "timestamp_ms" });

/** People whom an organisation's directory knows, or who came through its single sign-on. */
export const directoryUsers = sqliteTable(
  "directory_users",
  {
    id: text().primaryKey(),
    namespaceId: text("namespace_id")
      .notNull()
      .references(() => namespaces.id),
    userName: text("user_name").notNull(),
    /** `userName` in lower case: it is compared without case (RFC 7643, 4.1.1). */
    nameKey: text("name_key").notNull(),
    externalId: text("external_id"),
    displayName: text("display_name"),
    givenName: text("given_name"),
    familyName: text("family_name"),
    email: text(),
    active: integer({ mode: "boolean" }).notNull(),
    /** False for who came through single sign-on before the directory told of them. */
    provisioned: integer({ mode: "boolean" }).notNull(),
    /** The account; null until somebody signs in whom the organisation's provider calls this person. */
    userId: text("user_id").references(() => users.id),
    createdAt: at("created_at").notNull(),
    updatedAt: at("updated_at").notNull(),
  },
  (table) => [
    unique("directory_users_by_name").on(table.namespaceId, table.nameKey),
    unique("directory_users_by_external_id").on(table.namespaceId, table.externalId),
    unique("directory_users_by_account").on(table.namespaceId, table.userId),
    index("directory_users_by_user").on(table.userId),
  ],
);
