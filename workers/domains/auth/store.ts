import { and, desc, eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { Handle } from "../../../core/identifiers.ts";
import { members, namespaces } from "../namespaces/tables.ts";
import { apiKeys, users } from "./tables.ts";

export interface UserRecord {
  readonly id: string;
  readonly handle: Handle;
  readonly operator: boolean;
  readonly passwordHash: string;
}

export interface NewUser extends UserRecord {
  readonly namespaceId: string;
  readonly email: string | undefined;
  readonly at: Date;
}

/** Fails with a UNIQUE constraint when the handle is taken: see `isUniqueViolation`. */
export async function insertUser(database: D1Database, user: NewUser): Promise<void> {
  const db = drizzle(database);
  const { id, handle, operator, passwordHash, namespaceId, at } = user;
  await db.batch([
    db.insert(namespaces).values({ id: namespaceId, kind: "users", handle, createdAt: at }),
    db.insert(users).values({ id, handle, operator, passwordHash, email: user.email ?? null, createdAt: at }),
    db.insert(members).values({ namespaceId, userId: id, role: "owner", addedAt: at }),
  ]);
}

export async function findUser(database: D1Database, handle: Handle): Promise<UserRecord | undefined> {
  const rows = await drizzle(database).select().from(users).where(eq(users.handle, handle));
  return rows[0] && { ...rows[0], handle };
}

export async function operatorExists(database: D1Database): Promise<boolean> {
  const rows = await drizzle(database).select({ id: users.id }).from(users).where(eq(users.operator, true)).limit(1);
  return rows.length > 0;
}

export interface ApiKeyRecord {
  readonly id: string;
  readonly name: string;
  readonly scopes: string[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
}

export async function insertApiKey(
  database: D1Database,
  key: Omit<ApiKeyRecord, "lastUsedAt"> & { userId: string; hash: string },
): Promise<void> {
  await drizzle(database).insert(apiKeys).values(key);
}

/** The key with this hash and the user it belongs to. Expiry is the caller's to judge. */
export async function findApiKey(
  database: D1Database,
  hash: string,
): Promise<{ key: ApiKeyRecord; user: Omit<UserRecord, "passwordHash"> } | undefined> {
  const rows = await drizzle(database)
    .select({ key: apiKeys, id: users.id, handle: users.handle, operator: users.operator })
    .from(apiKeys)
    .innerJoin(users, eq(users.id, apiKeys.userId))
    .where(eq(apiKeys.hash, hash));
  const row = rows[0];
  return row && { key: row.key, user: { id: row.id, handle: row.handle as Handle, operator: row.operator } };
}

export async function listApiKeys(database: D1Database, userId: string): Promise<ApiKeyRecord[]> {
  return drizzle(database).select().from(apiKeys).where(eq(apiKeys.userId, userId)).orderBy(desc(apiKeys.createdAt));
}

/** Returns false when the user has no such key. */
export async function deleteApiKey(database: D1Database, userId: string, id: string): Promise<boolean> {
  const rows = await drizzle(database)
    .delete(apiKeys)
    .where(and(eq(apiKeys.userId, userId), eq(apiKeys.id, id)))
    .returning({ id: apiKeys.id });
  return rows.length > 0;
}

export async function touchApiKey(database: D1Database, id: string, at: Date): Promise<void> {
  await drizzle(database).update(apiKeys).set({ lastUsedAt: at }).where(eq(apiKeys.id, id));
}

export async function memberships(
  database: D1Database,
  userId: string,
): Promise<{ namespace: string; role: "owner" | "admin" | "write" | "read" }[]> {
  return drizzle(database)
    .select({ namespace: sql<string>`${namespaces.kind} || '/' || ${namespaces.handle}`, role: members.role })
    .from(members)
    .innerJoin(namespaces, eq(namespaces.id, members.namespaceId))
    .where(eq(members.userId, userId))
    .orderBy(namespaces.handle);
}

/** True when an error comes from a UNIQUE constraint, however deep drizzle and D1 wrapped it. */
export function isUniqueViolation(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause)
    if (at.message.includes("UNIQUE constraint failed")) return true;
  return false;
}
