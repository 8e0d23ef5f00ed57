import { and, desc, eq, gt, isNull, or, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import type { Handle } from "../../../core/identifiers.ts";
import { auditInsert, type AuditNote } from "../audit/index.ts";
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

/**
 * Adds an account with its namespace, and what else belongs to the same change.
 * Fails with a UNIQUE constraint when the handle is taken: see `isUniqueViolation`.
 */
export async function insertUser(
  database: D1Database,
  user: NewUser,
  also: readonly BatchItem<"sqlite">[] = [],
): Promise<void> {
  const db = drizzle(database);
  const { id, handle, operator, passwordHash, namespaceId, at } = user;
  await db.batch([
    db.insert(namespaces).values({ id: namespaceId, kind: "users", handle, createdAt: at }),
    db.insert(users).values({ id, handle, operator, passwordHash, email: user.email ?? null, createdAt: at }),
    db.insert(members).values({ namespaceId, userId: id, role: "owner", addedAt: at }),
    ...also,
  ]);
}

/** The account with this handle. A deleted one is nobody's, although its handle stays taken. */
export async function findUser(database: D1Database, handle: Handle): Promise<UserRecord | undefined> {
  const rows = await drizzle(database)
    .select()
    .from(users)
    .where(and(eq(users.handle, handle), isNull(users.deletedAt)));
  return rows[0] && { ...rows[0], handle };
}

/** The account with this id, unless it was deleted. */
export async function findUserById(
  database: D1Database,
  id: string,
): Promise<Omit<UserRecord, "passwordHash"> | undefined> {
  const [row] = await drizzle(database)
    .select({ id: users.id, handle: users.handle, operator: users.operator })
    .from(users)
    .where(and(eq(users.id, id), isNull(users.deletedAt)));
  return row && { ...row, handle: row.handle as Handle };
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
  /** Null: all that its user may reach. */
  readonly reach: string[] | null;
  /** Null: from everywhere. */
  readonly networks: string[] | null;
  readonly generation: number;
  /** Until when the secret before the last rotation is good. */
  readonly previousUntil: Date | null;
  /** How its owner had signed in when it was made. */
  readonly signIn: string | null;
}

export async function insertApiKey(
  database: D1Database,
  key: Pick<ApiKeyRecord, "id" | "name" | "scopes" | "createdAt" | "expiresAt"> &
    Partial<Pick<ApiKeyRecord, "reach" | "networks" | "signIn">> & { userId: string; hash: string },
  audit: AuditNote,
): Promise<void> {
  const db = drizzle(database);
  await db.batch([db.insert(apiKeys).values(key), auditInsert(db, audit)]);
}

/**
 * The key with this secret's hash and the user it belongs to. `isPrevious` when it is the secret before the last
 * rotation. Expiry is the caller's to judge.
 */
export async function findApiKey(
  database: D1Database,
  hash: string,
): Promise<{ key: ApiKeyRecord; isPrevious: boolean; user: Omit<UserRecord, "passwordHash"> } | undefined> {
  const rows = await drizzle(database)
    .select({ key: apiKeys, id: users.id, handle: users.handle, operator: users.operator })
    .from(apiKeys)
    .innerJoin(users, eq(users.id, apiKeys.userId))
    .where(and(or(eq(apiKeys.hash, hash), eq(apiKeys.previousHash, hash)), isNull(users.deletedAt)));
  const row = rows[0];
  if (!row) return undefined;
  const user = { id: row.id, handle: row.handle as Handle, operator: row.operator };
  return { key: row.key, isPrevious: row.key.hash !== hash, user };
}

export async function listApiKeys(database: D1Database, userId: string): Promise<ApiKeyRecord[]> {
  return drizzle(database).select().from(apiKeys).where(eq(apiKeys.userId, userId)).orderBy(desc(apiKeys.createdAt));
}

const ownKey = (userId: string, id: string) => and(eq(apiKeys.userId, userId), eq(apiKeys.id, id));
const hasKey = (db: DrizzleD1Database, userId: string, id: string) =>
  sql`EXISTS ${db.select({ id: apiKeys.id }).from(apiKeys).where(ownKey(userId, id))}`;

/** Undefined when the user has no such key. */
export async function renameApiKey(
  database: D1Database,
  userId: string,
  id: string,
  name: string,
  audit: AuditNote,
): Promise<ApiKeyRecord | undefined> {
  const db = drizzle(database);
  const [rows] = await db.batch([
    db.update(apiKeys).set({ name }).where(ownKey(userId, id)).returning(),
    auditInsert(db, audit, hasKey(db, userId, id)),
  ]);
  return rows[0];
}

/**
 * Gives a key another secret; the one before is good until `previousUntil`, one that is older still not any more.
 * Undefined when the user has no such key.
 */
export async function rotateApiKey(
  database: D1Database,
  userId: string,
  id: string,
  secret: { readonly hash: string; readonly previousUntil: Date },
  audit: AuditNote,
): Promise<ApiKeyRecord | undefined> {
  const { hash, previousUntil } = secret;
  const db = drizzle(database);
  const [rows] = await db.batch([
    db
      .update(apiKeys)
      .set({ hash, previousHash: sql`${apiKeys.hash}`, previousUntil, generation: sql`${apiKeys.generation} + 1` })
      .where(ownKey(userId, id))
      .returning(),
    auditInsert(db, audit, hasKey(db, userId, id)),
  ]);
  return rows[0];
}

/** Returns false when the user has no such key. */
export async function deleteApiKey(
  database: D1Database,
  userId: string,
  id: string,
  audit: AuditNote,
): Promise<boolean> {
  const db = drizzle(database);
  const [, rows] = await db.batch([
    auditInsert(db, audit, hasKey(db, userId, id)),
    db.delete(apiKeys).where(ownKey(userId, id)).returning({ id: apiKeys.id }),
  ]);
  return rows.length > 0;
}

export interface OpenedKey {
  readonly id: string;
  readonly userId: string;
  readonly handle: Handle;
  readonly hash: string;
  readonly previousHash: string | null;
}

/** The keys that one of these secrets opens at `now`. */
export async function keysOfSecrets(
  database: D1Database,
  hashes: readonly string[],
  now: number,
): Promise<OpenedKey[]> {
  const given = sql`(SELECT value FROM json_each(${JSON.stringify(hashes)}))`;
  const opened = or(
    sql`${apiKeys.hash} IN ${given}`,
    and(sql`${apiKeys.previousHash} IN ${given}`, gt(apiKeys.previousUntil, new Date(now))),
  );
  const rows = await drizzle(database)
    .select({
      id: apiKeys.id,
      userId: apiKeys.userId,
      handle: users.handle,
      hash: apiKeys.hash,
      previousHash: apiKeys.previousHash,
    })
    .from(apiKeys)
    .innerJoin(users, eq(users.id, apiKeys.userId))
    .where(opened);
  return rows.map((row) => ({ ...row, handle: row.handle as Handle }));
}

/** True in SQL while a secret of this generation opens the key: what a token asks that was bought with it. */
export function keyStands({ id, generation }: { id: string; generation: number }, now: number): SQL {
  return sql`EXISTS (SELECT 1 FROM api_keys WHERE id = ${id} AND (expires_at IS NULL OR expires_at > ${now})
    AND (generation = ${generation} OR (generation = ${generation + 1} AND previous_until > ${now})))`;
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

/** True when an error comes from a UNIQUE constraint (of that table), however deep drizzle and D1 wrapped it. */
export function isUniqueViolation(error: unknown, table = ""): boolean {
  for (let at = error; at instanceof Error; at = at.cause)
    if (at.message.includes(`UNIQUE constraint failed: ${table}`)) return true;
  return false;
}
