import { and, eq, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { ArtifactName, Handle, NamespaceKind } from "../../../core/identifiers.ts";
import type { OrgPolicy, PolicyReason } from "../../../core/org-policies/policy.ts";
import { auditInsert, type AuditNote } from "../audit/index.ts";
import { users } from "../auth/tables.ts";
import { handleClaim } from "../names/index.ts";
import { orgPolicies } from "../org-policies/tables.ts";
import { teamMembers } from "../teams/tables.ts";
import { type Role, roleOfRank } from "./roles.ts";
import { members, namespaces } from "./tables.ts";

export type Visibility = "public" | "private";

export interface NamespaceRecord {
  readonly id: string;
  readonly kind: NamespaceKind;
  readonly handle: Handle;
  readonly visibility: Visibility;
  readonly createdAt: Date;
  /** The asking user's role that counts, null for strangers. */
  readonly role: Role | null;
  /** Whether the asking user is a member, or in a team: then the namespace exists for them. */
  readonly belongs: boolean;
  /** Why a role that the asking user holds does not count. */
  readonly withheld: readonly PolicyReason[];
}

const rank = sql.raw("CASE role WHEN 'read' THEN 1 WHEN 'write' THEN 2 WHEN 'admin' THEN 3 WHEN 'owner' THEN 4 END");

/**
 * In SQL, what a user is in a namespace: the highest of the membership and of what the user's teams were granted for all of
 * it and for the artifact, if one is named. All roles are read by this expression.
 */
export function heldRank(
  userId: string | SQL,
  artifact?: ArtifactName,
  namespaceId: string | SQL = sql`${namespaces.id}`,
): SQL<number> {
  const places = artifact === undefined ? sql`('')` : sql`('', ${artifact})`;
  return sql<number>`max(
    coalesce((SELECT ${rank} FROM members WHERE namespace_id = ${namespaceId} AND user_id = ${userId}), 0),
    coalesce((SELECT max(${rank}) FROM team_members tm JOIN team_grants g ON g.team_id = tm.team_id
      WHERE tm.namespace_id = ${namespaceId} AND tm.user_id = ${userId} AND g.artifact IN ${places}), 0))`;
}

/** In SQL, whether the account has a confirmed second factor. */
export const confirmedFactor = (userId: string): SQL<number> =>
  sql<number>`(EXISTS (SELECT 1 FROM passkeys WHERE user_id = ${userId})
    OR EXISTS (SELECT 1 FROM totp_secrets WHERE user_id = ${userId} AND confirmed_at IS NOT NULL))`;

/** The same, looked up only where the policy of the row asks for one. */
export function factorWhereAsked(userId: string): SQL<number> {
  return sql<number>`CASE WHEN ${orgPolicies.policy} ->> 'secondFactor' THEN ${confirmedFactor(userId)} ELSE 0 END`;
}

/** A namespace with what `userId` holds in it. */
export interface FoundNamespace extends Omit<NamespaceRecord, "withheld"> {
  readonly policy: OrgPolicy | null;
  readonly hasFactor: boolean;
}

/** Finds a namespace together with what `userId` is in it, or to one artifact of it. */
export async function findNamespace(
  database: D1Database,
  kind: NamespaceKind,
  handle: Handle,
  userId: string | null,
  artifact?: ArtifactName,
): Promise<FoundNamespace | undefined> {
  const user = userId ?? "";
  const rows = await drizzle(database)
    .select({
      id: namespaces.id,
      kind: namespaces.kind,
      handle: namespaces.handle,
      visibility: namespaces.visibility,
      createdAt: namespaces.createdAt,
      role: heldRank(user, artifact).mapWith(roleOfRank).as("held_role"),
      belongs: sql<boolean>`EXISTS (SELECT 1 FROM members WHERE namespace_id = ${namespaces.id} AND user_id = ${user})
        OR EXISTS (SELECT 1 FROM team_members WHERE namespace_id = ${namespaces.id} AND user_id = ${user})`
        .mapWith(Boolean)
        .as("belongs"),
      policy: orgPolicies.policy,
      hasFactor: factorWhereAsked(user).mapWith(Boolean).as("has_factor"),
    })
    .from(namespaces)
    .leftJoin(orgPolicies, eq(orgPolicies.namespaceId, namespaces.id))
    .where(and(eq(namespaces.kind, kind), eq(namespaces.handle, handle)));
  return rows[0] && { ...rows[0], handle, role: rows[0].role as Role | null };
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
  note: AuditNote,
): Promise<void> {
  const db = drizzle(database);
  await db.batch([
    db.insert(namespaces).values({ id: org.id, kind: "orgs", handle: org.handle, createdAt: org.at }),
    db.insert(members).values({ namespaceId: org.id, userId: org.ownerId, role: "owner", addedAt: org.at }),
    handleClaim(db, org.handle),
    auditInsert(db, note),
  ]);
}

export async function updateVisibility(
  database: D1Database,
  id: string,
  visibility: Visibility,
  note: AuditNote,
): Promise<void> {
  const db = drizzle(database);
  await db.batch([db.update(namespaces).set({ visibility }).where(eq(namespaces.id, id)), auditInsert(db, note)]);
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

/** One member's place, and who wants to change it. */
export interface MemberChange {
  readonly namespaceId: string;
  readonly userId: string;
  /** Whose right it rests on, judged again in the moment of the change; null for what the registry itself decides. */
  readonly by: string | null;
}

export type MemberOutcome = "done" | "unknown" | "denied" | "last-owner";

/** In SQL, that whoever wants the change may still make it: owners are an owner's affair, everybody else an admin's. */
function mayChange({ namespaceId, userId, by }: MemberChange, becomes?: Role): SQL {
  if (by === null || (by === userId && becomes === undefined)) return sql`TRUE`;
  const current = sql`(SELECT role FROM members WHERE namespace_id = ${namespaceId} AND user_id = ${userId})`;
  const held = heldRank(by, undefined, namespaceId);
  return sql`${held} >= CASE WHEN ${becomes ?? ""} = 'owner' OR ${current} = 'owner' THEN 4 ELSE 3 END`;
}

const isMember = ({ namespaceId, userId }: MemberChange) =>
  sql`EXISTS (SELECT 1 FROM members WHERE namespace_id = ${namespaceId} AND user_id = ${userId})`;

/** Gives a member another role, unless the namespace would be left without an owner. */
export async function changeRole(
  database: D1Database,
  change: MemberChange,
  role: Role,
  note: AuditNote,
): Promise<MemberOutcome> {
  const db = drizzle(database);
  const { namespaceId, userId } = change;
  const allowed = mayChange(change, role);
  const keeps = sql`(${role} = 'owner' OR ${anotherOwner(namespaceId, userId)})`;
  const [, updated, seen] = await db.batch([
    auditInsert(db, note, sql`${isMember(change)} AND ${allowed} AND ${keeps}`),
    db
      .update(members)
      .set({ role })
      .where(and(eq(members.namespaceId, namespaceId), eq(members.userId, userId), allowed, keeps))
      .returning({ userId: members.userId }),
    db.select({ there: isMember(change).as("there"), allowed: allowed.as("allowed") }).from(sql`(SELECT 1)`),
  ]);
  return updated.length > 0 ? "done" : refusal(seen[0]);
}

/** Adds a member who was not asked: for what a directory decides (SCIM). People are invited. */
export async function addMember(
  database: D1Database,
  member: { namespaceId: string; userId: string; role: Role; at: number },
  note: AuditNote,
): Promise<void> {
  const db = drizzle(database);
  const { namespaceId, userId, role, at } = member;
  await db.batch([
    auditInsert(db, note, sql`NOT ${isMember({ ...member, by: null })}`),
    db
      .insert(members)
      .values({ namespaceId, userId, role, addedAt: new Date(at) })
      .onConflictDoNothing(),
  ]);
}

/** Removes somebody from a namespace and its teams, unless it would be left without an owner. */
export async function removeMember(
  database: D1Database,
  change: MemberChange,
  note: AuditNote,
): Promise<MemberOutcome> {
  const db = drizzle(database);
  const { namespaceId, userId } = change;
  const allowed = mayChange(change);
  const inTeams = sql`EXISTS (SELECT 1 FROM team_members WHERE namespace_id = ${namespaceId} AND user_id = ${userId})`;
  const keeps = sql`(NOT EXISTS (SELECT 1 FROM members WHERE namespace_id = ${namespaceId} AND user_id = ${userId} AND role = 'owner')
    OR ${anotherOwner(namespaceId, userId)})`;
  const there = sql`(${isMember(change)} OR ${inTeams})`;
  const [, seen] = await db.batch([
    auditInsert(db, note, sql`${there} AND ${allowed} AND ${keeps}`),
    db
      .select({ there: there.as("there"), allowed: allowed.as("allowed"), keeps: keeps.as("keeps") })
      .from(sql`(SELECT 1)`),
    // Before the membership, which decides whether that was allowed.
    db
      .delete(teamMembers)
      .where(and(eq(teamMembers.namespaceId, namespaceId), eq(teamMembers.userId, userId), allowed, keeps)),
    db.delete(members).where(and(eq(members.namespaceId, namespaceId), eq(members.userId, userId), allowed, keeps)),
  ]);
  return seen[0]?.there && seen[0].allowed && seen[0].keeps ? "done" : refusal(seen[0]);
}

function refusal(seen: { there: unknown; allowed: unknown } | undefined): MemberOutcome {
  if (!seen?.there) return "unknown";
  return seen.allowed ? "last-owner" : "denied";
}
