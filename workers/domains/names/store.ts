import { and, asc, desc, eq, sql, type SQL } from "drizzle-orm";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import type { Handle, NamespaceKind, Repository } from "../../../core/identifiers.ts";
import { skeleton } from "../../../core/names/skeleton.ts";
import { artifacts } from "../artifacts/tables.ts";
import { auditInsert, type AuditNote } from "../audit/index.ts";
import { users } from "../auth/tables.ts";
import { namespaces } from "../namespaces/tables.ts";
import { allowedNames, handleSkeletons, popularNames } from "./tables.ts";

type Database = DrizzleD1Database<Record<string, never>>;

const isVerified = (namespaceId: SQL) =>
  sql`EXISTS (SELECT 1 FROM verifications v WHERE v.namespace_id = ${namespaceId} AND v.state = 'verified')`;

/** Handles of others with the same skeleton whose namespace is verified, or has an artifact that many people download. */
const protectedLike = (handle: Handle): SQL => sql`SELECT k.handle FROM handle_skeletons k
  JOIN namespaces n ON n.handle = k.handle WHERE k.skeleton = ${skeleton(handle)} AND k.handle <> ${handle}
  AND (${isVerified(sql`n.id`)} OR EXISTS (SELECT 1 FROM popular_names p WHERE p.namespace_id = n.id))`;

const isAllowedName = (name: string): SQL => sql`EXISTS (SELECT 1 FROM allowed_names WHERE name = ${name})`;

/**
 * The statement that belongs into the batch in which a handle is claimed. It aborts the batch when the handle could be
 * taken for a protected one, unless an operator allowed it: see `isConfusableHandle`.
 */
export function handleClaim(db: Database, handle: Handle) {
  return db.insert(handleSkeletons).select(
    sql`SELECT ${handle}, CASE WHEN NOT ${isAllowedName(handle)} AND EXISTS (${protectedLike(handle)}) THEN NULL
      ELSE ${skeleton(handle)} END`,
  );
}

/** Whether a batch was aborted by `handleClaim`. */
export function isConfusableHandle(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause)
    if (at.message.includes("NOT NULL constraint failed: handle_skeletons.")) return true;
  return false;
}

/** The protected handle that this one could be taken for. */
export async function protectedHandleLike(database: D1Database, handle: Handle): Promise<string | undefined> {
  const rows = await drizzle(database).all<{ handle: string }>(sql`${protectedLike(handle)} LIMIT 1`);
  return rows[0]?.handle;
}

export async function isAllowed(database: D1Database, name: string): Promise<boolean> {
  const rows = await drizzle(database).select().from(allowedNames).where(eq(allowedNames.name, name));
  return rows.length > 0;
}

/** Whether an artifact may have the name whatever it looks like: an operator allowed it, or its namespace is verified. */
export async function isExempt(database: D1Database, repository: Repository, namespaceId: string): Promise<boolean> {
  const row = await drizzle(database).get<{ exempt: number }>(
    sql`SELECT ${isAllowedName(repository)} OR ${isVerified(sql`${namespaceId}`)} AS exempt`,
  );
  return row.exempt === 1;
}

export interface PopularName {
  readonly kind: NamespaceKind;
  readonly handle: string;
  readonly name: string;
  readonly repository: string;
}

/** Public popular artifacts of other namespaces that may look like the name; most downloaded first. */
export async function popularNamesNear(
  database: D1Database,
  name: string,
  namespaceId: string,
): Promise<PopularName[]> {
  return drizzle(database)
    .select({
      kind: namespaces.kind,
      handle: namespaces.handle,
      name: popularNames.name,
      repository: artifacts.repository,
    })
    .from(popularNames)
    .innerJoin(artifacts, and(eq(artifacts.id, popularNames.artifactId), eq(artifacts.visibility, "public")))
    .innerJoin(namespaces, and(eq(namespaces.id, popularNames.namespaceId), eq(namespaces.visibility, "public")))
    .where(
      sql`${popularNames.namespaceId} <> ${namespaceId} AND (${popularNames.skeleton} = ${skeleton(name)}
        OR ${popularNames.length} BETWEEN ${name.length - 1} AND ${name.length + 1})`,
    )
    .orderBy(desc(popularNames.downloads));
}

/** When popular names were computed last; undefined while there are none. */
export async function popularNamesComputedAt(database: D1Database): Promise<number | undefined> {
  const rows = await drizzle(database).select({ at: popularNames.computedAt }).from(popularNames).limit(1);
  return rows[0]?.at.getTime();
}

/** Public artifacts that were downloaded at least `threshold` times, the first `limit`. */
export async function mostDownloaded(database: D1Database, threshold: number, limit: number) {
  return drizzle(database).all<{ artifactId: string; namespaceId: string; name: string; downloads: number }>(
    sql`SELECT t.artifact_id AS "artifactId", a.namespace_id AS "namespaceId", a.name AS name, sum(t.total) AS downloads
      FROM download_totals t JOIN artifacts a ON a.id = t.artifact_id AND a.visibility = 'public'
      JOIN namespaces n ON n.id = a.namespace_id AND n.visibility = 'public'
      GROUP BY t.artifact_id HAVING sum(t.total) >= ${threshold} ORDER BY downloads DESC, t.artifact_id LIMIT ${limit}`,
  );
}

/** Puts new popular names into the place of the old ones. */
export async function replacePopularNames(
  database: D1Database,
  names: readonly (typeof popularNames.$inferInsert)[],
): Promise<void> {
  const db = drizzle(database);
  const rows = names.map((row) => ({ ...row, computedAt: row.computedAt.getTime() }));
  await db.batch([
    db.delete(popularNames),
    db.insert(popularNames).select(
      sql`SELECT value ->> 'artifactId', value ->> 'namespaceId', value ->> 'name', value ->> 'skeleton',
        value ->> 'length', value ->> 'downloads', value ->> 'computedAt' FROM json_each(${JSON.stringify(rows)})`,
    ),
  ]);
}

/** Handles whose skeleton is not known: from before there were any, or out of a backup. */
export async function handlesWithoutSkeleton(database: D1Database, limit: number): Promise<string[]> {
  const rows = await drizzle(database)
    .select({ handle: namespaces.handle })
    .from(namespaces)
    .where(sql`NOT EXISTS (SELECT 1 FROM handle_skeletons k WHERE k.handle = ${namespaces.handle})`)
    .limit(limit);
  return rows.map(({ handle }) => handle);
}

export async function insertSkeletons(database: D1Database, handles: readonly string[]): Promise<void> {
  const rows = JSON.stringify(handles.map((handle) => ({ handle, skeleton: skeleton(handle) })));
  await drizzle(database)
    .insert(handleSkeletons)
    .select(sql`SELECT value ->> 'handle', value ->> 'skeleton' FROM json_each(${rows}) WHERE TRUE`)
    .onConflictDoNothing();
}

export async function insertAllowedName(
  database: D1Database,
  row: typeof allowedNames.$inferInsert,
  note: AuditNote,
): Promise<void> {
  const db = drizzle(database);
  await db.batch([
    auditInsert(db, note, sql`NOT ${isAllowedName(row.name)}`),
    db.insert(allowedNames).values(row).onConflictDoNothing(),
  ]);
}

/** Returns false when it was not allowed. */
export async function deleteAllowedName(database: D1Database, name: string, note: AuditNote): Promise<boolean> {
  const db = drizzle(database);
  const [, gone] = await db.batch([
    auditInsert(db, note, isAllowedName(name)),
    db.delete(allowedNames).where(eq(allowedNames.name, name)).returning({ name: allowedNames.name }),
  ]);
  return gone.length > 0;
}

export async function listAllowedNames(database: D1Database) {
  return drizzle(database)
    .select({ name: allowedNames.name, allowedBy: users.handle, allowedAt: allowedNames.allowedAt })
    .from(allowedNames)
    .innerJoin(users, eq(users.id, allowedNames.allowedBy))
    .orderBy(asc(allowedNames.name));
}
