import { and, eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { Handle, NamespaceKind } from "../../../core/identifiers.ts";
import { users } from "../auth/tables.ts";
import { members, namespaces } from "./tables.ts";

export type Role = "owner" | "admin" | "write" | "read";
export type Visibility = "public" | "private";

export interface NamespaceRecord {
  readonly id: string;
  readonly kind: NamespaceKind;
  readonly handle: Handle;
  readonly visibility: Visibility;
  readonly createdAt: Date;
  /** The asking user's role, null for strangers. */
  readonly role: Role | null;
}

/** Finds a namespace together with what `userId` is in it. */
export async function findNamespace(
  database: D1Database,
  kind: NamespaceKind,
  handle: Handle,
  userId: string | null,
): Promise<NamespaceRecord | undefined> {
  const rows = await drizzle(database)
    .select({
      id: namespaces.id,
      kind: namespaces.kind,
      handle: namespaces.handle,
      visibility: namespaces.visibility,
      createdAt: namespaces.createdAt,
      role: members.role,
    })
    .from(namespaces)
    .leftJoin(members, and(eq(members.namespaceId, namespaces.id), eq(members.userId, userId ?? "")))
    .where(and(eq(namespaces.kind, kind), eq(namespaces.handle, handle)));
  return rows[0] && { ...rows[0], handle };
}

/** What a handle is: users or orgs. Undefined when nobody has it. */
export async function kindOfHandle(database: D1Database, handle: Handle): Promise<NamespaceKind | undefined> {
  const rows = await drizzle(database)
    .select({ kind: namespaces.kind })
    .from(namespaces)
    .where(eq(namespaces.handle, handle));
  return rows[0]?.kind;
}

/** Fails with a UNIQUE constraint when the handle is taken. */
export async function insertOrganization(
  database: D1Database,
  org: { id: string; handle: Handle; ownerId: string; at: Date },
): Promise<void> {
  const db = drizzle(database);
  await db.batch([
    db.insert(namespaces).values({ id: org.id, kind: "orgs", handle: org.handle, createdAt: org.at }),
    db.insert(members).values({ namespaceId: org.id, userId: org.ownerId, role: "owner", addedAt: org.at }),
  ]);
}

export async function updateVisibility(database: D1Database, id: string, visibility: Visibility): Promise<void> {
  await drizzle(database).update(namespaces).set({ visibility }).where(eq(namespaces.id, id));
}

export async function listMembers(
  database: D1Database,
  namespaceId: string,
): Promise<{ handle: string; role: Role; addedAt: Date }[]> {
  return drizzle(database)
    .select({ handle: users.handle, role: members.role, addedAt: members.addedAt })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(eq(members.namespaceId, namespaceId))
    .orderBy(users.handle);
}

/** The namespace keeps an owner: true when somebody other than this member owns it too. */
const anotherOwner = (namespaceId: string, userId: string) =>
  sql`EXISTS (SELECT 1 FROM members other WHERE other.namespace_id = ${namespaceId} AND other.role = 'owner' AND other.user_id <> ${userId})`;

/** Adds a member or changes the role. Returns false, and changes nothing, when that would leave no owner. */
export async function setMember(
  database: D1Database,
  member: { namespaceId: string; userId: string; role: Role; at: number },
): Promise<boolean> {
  const { namespaceId, userId, role, at } = member;
  const rows = await drizzle(database).all(sql`
    INSERT INTO members (namespace_id, user_id, role, added_at)
    SELECT ${namespaceId}, ${userId}, ${role}, ${at} WHERE ${role} = 'owner' OR ${anotherOwner(namespaceId, userId)}
    ON CONFLICT (namespace_id, user_id) DO UPDATE SET role = excluded.role RETURNING user_id`);
  return rows.length > 0;
}

/** Removes a member. Returns "removed", "unknown", or "last-owner" when nothing was changed for that reason. */
export async function removeMember(
  database: D1Database,
  namespaceId: string,
  userId: string,
): Promise<"removed" | "unknown" | "last-owner"> {
  const db = drizzle(database);
  const [removed, left] = await db.batch([
    db
      .delete(members)
      .where(
        and(
          eq(members.namespaceId, namespaceId),
          eq(members.userId, userId),
          sql`(${members.role} <> 'owner' OR ${anotherOwner(namespaceId, userId)})`,
        ),
      )
      .returning({ userId: members.userId }),
    db
      .select({ role: members.role })
      .from(members)
      .where(and(eq(members.namespaceId, namespaceId), eq(members.userId, userId))),
  ]);
  if (removed.length > 0) return "removed";
  return left.length > 0 ? "last-owner" : "unknown";
}
