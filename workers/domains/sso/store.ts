import { and, asc, count, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { drizzle } from "drizzle-orm/d1";
import type { Handle } from "../../../core/identifiers.ts";
import { noDemands, type OrgPolicy } from "../../../core/org-policies/policy.ts";
import { ssoProviderId } from "../../../core/sso.ts";
import { auditInsert, type AuditNote } from "../audit/index.ts";
import { apiKeys, sessions, users } from "../auth/tables.ts";
import { directoryGroups } from "../directory-groups/tables.ts";
import { directoryUsers } from "../directory-users/tables.ts";
import { namespaces } from "../namespaces/tables.ts";
import { orgPolicies } from "../org-policies/tables.ts";
import { scimTokens, ssoProviders } from "./tables.ts";

export type SsoRow = typeof ssoProviders.$inferSelect;
export type NewSso = typeof ssoProviders.$inferInsert;
/** An organisation's provider, with the organisation. */
export type FoundSso = SsoRow & { readonly handle: Handle };

async function find(database: D1Database, which: SQL): Promise<FoundSso | undefined> {
  const [row] = await drizzle(database)
    .select({ sso: ssoProviders, handle: namespaces.handle })
    .from(ssoProviders)
    .innerJoin(namespaces, eq(namespaces.id, ssoProviders.namespaceId))
    .where(which);
  return row && { ...row.sso, handle: row.handle as Handle };
}

export const findSso = (database: D1Database, namespaceId: string) =>
  find(database, eq(ssoProviders.namespaceId, namespaceId));

export const findSsoOf = (database: D1Database, handle: Handle) => find(database, eq(namespaces.handle, handle));

/** Handle of whoever set it. */
export async function handleOf(database: D1Database, userId: string): Promise<string | undefined> {
  const [row] = await drizzle(database).select({ handle: users.handle }).from(users).where(eq(users.id, userId));
  return row?.handle;
}

export async function policyOf(database: D1Database, namespaceId: string): Promise<OrgPolicy | undefined> {
  const [row] = await drizzle(database)
    .select({ policy: orgPolicies.policy })
    .from(orgPolicies)
    .where(eq(orgPolicies.namespaceId, namespaceId));
  return row?.policy;
}

/** What came through an organisation's sign-in counts as that no more: sessions end, keys forget how they were made. */
function endAll(db: ReturnType<typeof drizzle>, namespaceId: string, now: Date, onlyIf: SQL = sql`TRUE`) {
  const signIn = ssoProviderId(namespaceId);
  return [
    db
      .update(sessions)
      .set({ revokedAt: now })
      .where(and(eq(sessions.signIn, signIn), isNull(sessions.revokedAt), onlyIf))
      .returning({ id: sessions.id }),
    db
      .update(apiKeys)
      .set({ signIn: null })
      .where(and(eq(apiKeys.signIn, signIn), onlyIf)),
  ] as const;
}

export interface SsoChange {
  readonly row: NewSso;
  /** The sign-in that members must use from now on; null: as the policy says apart from it. */
  readonly enforced: boolean;
  readonly policy: OrgPolicy | undefined;
}

function policyStatement(db: ReturnType<typeof drizzle>, { row, enforced, policy = noDemands }: SsoChange) {
  const { namespaceId, updatedBy, updatedAt } = row;
  const own = ssoProviderId(namespaceId);
  const others = policy.signIn?.filter((one) => one !== own) ?? [];
  const signIn = enforced ? [own] : others.length > 0 ? others : null;
  const kept = { policy: { ...policy, signIn }, updatedBy, updatedAt };
  return db
    .insert(orgPolicies)
    .values({ namespaceId, ...kept })
    .onConflictDoUpdate({ target: orgPolicies.namespaceId, set: kept });
}

const sameIssuer = ({ namespaceId, issuer }: Pick<NewSso, "namespaceId" | "issuer">) =>
  sql`EXISTS (SELECT 1 FROM sso_providers WHERE namespace_id = ${namespaceId} AND issuer = ${issuer})`;

/** Sets the provider. Returns false, and changes nothing, when another issuer was set meanwhile. */
export async function putSso(database: D1Database, change: SsoChange, note: AuditNote): Promise<boolean> {
  const db = drizzle(database);
  const { namespaceId, ...rest } = change.row;
  const was = change.policy?.signIn?.includes(ssoProviderId(namespaceId)) ?? false;
  const [set] = await db.batch([
    db
      .insert(ssoProviders)
      .values(change.row)
      .onConflictDoUpdate({ target: ssoProviders.namespaceId, set: rest, setWhere: sameIssuer(change.row) })
      .returning({ issuer: ssoProviders.issuer }),
    auditInsert(db, note, sameIssuer(change.row)),
    ...(change.enforced === was ? [] : [policyStatement(db, change)]),
  ]);
  return set.length > 0;
}

/**
 * Takes the provider away, with the directory's tokens, people and groups; members and teams stay. Returns the ids of
 * the sessions that ended; undefined when there was none.
 */
export async function deleteSso(
  database: D1Database,
  change: SsoChange,
  note: AuditNote,
): Promise<string[] | undefined> {
  const db = drizzle(database);
  const { namespaceId, updatedAt } = change.row;
  const there = sql`EXISTS (SELECT 1 FROM sso_providers WHERE namespace_id = ${namespaceId})`;
  const [ended, keys] = endAll(db, namespaceId, updatedAt, there);
  const was = change.policy?.signIn?.includes(ssoProviderId(namespaceId)) ?? false;
  const policy: BatchItem<"sqlite">[] = was ? [policyStatement(db, { ...change, enforced: false })] : [];
  const results = await db.batch([
    ended,
    db
      .delete(ssoProviders)
      .where(and(eq(ssoProviders.namespaceId, namespaceId)))
      .returning({ issuer: ssoProviders.issuer }),
    auditInsert(db, note),
    keys,
    db.delete(scimTokens).where(eq(scimTokens.namespaceId, namespaceId)),
    db.delete(directoryGroups).where(eq(directoryGroups.namespaceId, namespaceId)),
    db.delete(directoryUsers).where(eq(directoryUsers.namespaceId, namespaceId)),
    ...policy,
  ]);
  return results[1].length > 0 ? results[0].map(({ id }) => id) : undefined;
}

/** Seals the secret with the newest key, unless it was changed meanwhile. */
export async function resealSecret(
  database: D1Database,
  namespaceId: string,
  old: string,
  secret: string,
): Promise<void> {
  await drizzle(database)
    .update(ssoProviders)
    .set({ secret })
    .where(and(eq(ssoProviders.namespaceId, namespaceId), eq(ssoProviders.secret, old)));
}

export type ScimToken = typeof scimTokens.$inferSelect;

/** Adds a token. Returns false when the organisation has `limit` already, or no provider. */
export async function insertScimToken(
  database: D1Database,
  token: ScimToken,
  limit: number,
  note: AuditNote,
): Promise<boolean> {
  const db = drizzle(database);
  const { id, namespaceId, hash, name, createdBy, createdAt } = token;
  const made = sql`EXISTS (SELECT 1 FROM scim_tokens WHERE id = ${id})`;
  const [, , rows] = await db.batch([
    db.insert(scimTokens).select(
      sql`SELECT ${id}, ${namespaceId}, ${hash}, ${name}, ${createdBy}, ${createdAt.getTime()}, NULL
        WHERE EXISTS (SELECT 1 FROM sso_providers WHERE namespace_id = ${namespaceId})
        AND (SELECT count(*) FROM scim_tokens WHERE namespace_id = ${namespaceId}) < ${limit}`,
    ),
    auditInsert(db, note, made),
    db.select({ number: count() }).from(scimTokens).where(eq(scimTokens.id, id)),
  ]);
  return rows[0]?.number === 1;
}

export async function listScimTokens(database: D1Database, namespaceId: string) {
  const { id, name, createdAt, lastUsedAt } = scimTokens;
  return drizzle(database)
    .select({ id, name, createdBy: users.handle, createdAt, lastUsedAt })
    .from(scimTokens)
    .innerJoin(users, eq(users.id, scimTokens.createdBy))
    .where(eq(scimTokens.namespaceId, namespaceId))
    .orderBy(asc(createdAt), asc(id));
}

/** Returns false when the organisation has no such token. */
export async function deleteScimToken(
  database: D1Database,
  namespaceId: string,
  id: string,
  note: AuditNote,
): Promise<boolean> {
  const db = drizzle(database);
  const which = and(eq(scimTokens.namespaceId, namespaceId), eq(scimTokens.id, id));
  const [, gone] = await db.batch([
    auditInsert(db, note, sql`EXISTS (SELECT 1 FROM scim_tokens WHERE ${which})`),
    db.delete(scimTokens).where(which).returning({ id: scimTokens.id }),
  ]);
  return gone.length > 0;
}

/** The token and the provider of the organisation that it was made for. */
export async function findScimToken(
  database: D1Database,
  hash: string,
): Promise<{ token: ScimToken; sso: FoundSso } | undefined> {
  const [row] = await drizzle(database)
    .select({ token: scimTokens, sso: ssoProviders, handle: namespaces.handle })
    .from(scimTokens)
    .innerJoin(ssoProviders, eq(ssoProviders.namespaceId, scimTokens.namespaceId))
    .innerJoin(namespaces, eq(namespaces.id, scimTokens.namespaceId))
    .where(eq(scimTokens.hash, hash));
  return row && { token: row.token, sso: { ...row.sso, handle: row.handle as Handle } };
}

export async function touchScimToken(database: D1Database, id: string, at: Date): Promise<void> {
  await drizzle(database).update(scimTokens).set({ lastUsedAt: at }).where(eq(scimTokens.id, id));
}

/** True once a directory tells who belongs to the organisation. */
export async function hasDirectory(database: D1Database, namespaceId: string): Promise<boolean> {
  const rows = await drizzle(database)
    .select({ id: scimTokens.id })
    .from(scimTokens)
    .where(eq(scimTokens.namespaceId, namespaceId))
    .limit(1);
  return rows.length > 0;
}
