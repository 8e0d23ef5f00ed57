import { and, asc, count, desc, eq, gt, lte, sql, type SQL } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { drizzle } from "drizzle-orm/d1";
import { auditInsert, type AuditNote } from "../audit/index.ts";
import { users } from "../auth/tables.ts";
import { type NewMail, outboxRow } from "../mail/index.ts";
import { outbox } from "../mail/tables.ts";
import { heldRank, type Role } from "../namespaces/index.ts";
import { members, namespaces } from "../namespaces/tables.ts";
import { teamMembers } from "../teams/tables.ts";
import { invitations } from "./tables.ts";

export interface NewInvitation {
  readonly id: string;
  readonly namespaceId: string;
  /** User id, or an address in lower case. */
  readonly invitee: string;
  readonly userId: string | null;
  readonly tokenHash: string | null;
  readonly role: Role | null;
  readonly teams: readonly string[];
  readonly invitedBy: string;
  readonly at: Date;
  readonly expiresAt: Date;
}

/** Keeps an invitation with its mail; an older one of the same person is replaced. Returns false when there are `limit`. */
export async function insertInvitation(
  database: D1Database,
  invitation: NewInvitation,
  mail: NewMail | undefined,
  limit: number,
  note: AuditNote,
): Promise<boolean> {
  const db = drizzle(database);
  const { id, namespaceId, invitee, userId, tokenHash, role, teams, invitedBy, at, expiresAt } = invitation;
  const room = sql`(SELECT count(*) FROM invitations WHERE namespace_id = ${namespaceId}) < ${limit}`;
  const made = sql`EXISTS (SELECT 1 FROM invitations WHERE id = ${id})`;
  const row = mail && outboxRow(mail, at);
  const statements: [BatchItem<"sqlite">, ...BatchItem<"sqlite">[]] = [
    db.delete(invitations).where(and(eq(invitations.namespaceId, namespaceId), eq(invitations.invitee, invitee))),
    db.insert(invitations).select(sql`SELECT ${id}, ${namespaceId}, ${invitee}, ${userId}, ${tokenHash}, ${role},
      ${JSON.stringify(teams)}, ${invitedBy}, ${at.getTime()}, ${expiresAt.getTime()} WHERE ${room}`),
    auditInsert(db, note, made),
    ...(row
      ? [
          db.insert(outbox).select(sql`SELECT ${row.id}, ${row.userId}, ${row.recipient}, ${row.subject}, ${row.text},
            ${row.state}, 0, ${at.getTime()}, ${at.getTime()}, ${row.expiresAt.getTime()} WHERE ${made}`),
        ]
      : []),
  ];
  await db.batch(statements);
  const [found] = await db.select({ count: count() }).from(invitations).where(eq(invitations.id, id));
  return (found?.count ?? 0) > 0;
}

const shown = {
  id: invitations.id,
  namespace: sql<string>`${namespaces.kind} || '/' || ${namespaces.handle}`.as("namespace"),
  role: invitations.role,
  teams: sql<
    string[]
  >`(SELECT json_group_array(name) FROM (SELECT t.name FROM teams t, json_each(${invitations.teams}) one
    WHERE t.id = one.value AND t.namespace_id = ${invitations.namespaceId} ORDER BY t.name))`
    .mapWith((text: string) => JSON.parse(text) as string[])
    .as("team_names"),
  email: sql<string | null>`CASE WHEN ${invitations.userId} IS NULL THEN ${invitations.invitee} END`.as("email"),
  invitedBy: sql<string>`(SELECT handle FROM users WHERE id = ${invitations.invitedBy})`.as("invited_by_handle"),
  handle: sql<string | null>`(SELECT handle FROM users WHERE id = ${invitations.userId})`.as("invited_handle"),
  createdAt: invitations.createdAt,
  expiresAt: invitations.expiresAt,
};

/** Open invitations of a namespace, newest first. */
export async function openInvitations(database: D1Database, namespaceId: string, now: Date) {
  return drizzle(database)
    .select(shown)
    .from(invitations)
    .innerJoin(namespaces, eq(namespaces.id, invitations.namespaceId))
    .where(and(eq(invitations.namespaceId, namespaceId), gt(invitations.expiresAt, now)))
    .orderBy(desc(invitations.createdAt), asc(invitations.id));
}

/** Open invitations of an account, newest first. */
export async function invitationsOf(database: D1Database, userId: string, now: Date) {
  return drizzle(database)
    .select(shown)
    .from(invitations)
    .innerJoin(namespaces, eq(namespaces.id, invitations.namespaceId))
    .where(and(eq(invitations.userId, userId), answerable(now.getTime())))
    .orderBy(desc(invitations.createdAt), asc(invitations.id));
}

/** Takes an invitation back. Returns false when the namespace has no such one. */
export async function deleteInvitation(
  database: D1Database,
  namespaceId: string,
  id: string,
  note: AuditNote,
): Promise<boolean> {
  const db = drizzle(database);
  const which = and(eq(invitations.namespaceId, namespaceId), eq(invitations.id, id));
  const [, gone] = await db.batch([
    auditInsert(db, note, sql`EXISTS (SELECT 1 FROM invitations WHERE ${which})`),
    db.delete(invitations).where(which).returning({ id: invitations.id }),
  ]);
  return gone.length > 0;
}

/** In SQL: not too late, and whoever invited could still invite to this role. */
const answerable = (now: number): SQL => sql`(${invitations.expiresAt} > ${now}
  AND ${heldRank(sql`${invitations.invitedBy}`, undefined, sql`${invitations.namespaceId}`)}
    >= CASE WHEN ${invitations.role} = 'owner' THEN 4 ELSE 3 END)`;

/** How an invitation is presented: by the account that it names, or by the token that was sent to an address. */
export type Presented = { readonly id: string } | { readonly tokenHash: string };

/** In SQL, that an invitation is this one and for this account. */
const forAccount = (presented: Presented, userId: string): SQL =>
  "id" in presented
    ? sql`(${invitations.id} = ${presented.id} AND ${invitations.userId} = ${userId})`
    : sql`(${invitations.tokenHash} = ${presented.tokenHash} AND EXISTS (SELECT 1 FROM users u WHERE u.id = ${userId}
        AND u.deleted_at IS NULL AND u.email_verified_at IS NOT NULL AND lower(u.email) = ${invitations.invitee}))`;

export interface FoundInvitation {
  readonly id: string;
  readonly namespaceId: string;
  readonly namespace: string;
  readonly role: Role | null;
}

/** The invitation, if the account may answer it now. */
export async function findAnswerable(
  database: D1Database,
  presented: Presented,
  userId: string,
  now: number,
): Promise<FoundInvitation | undefined> {
  const [row] = await drizzle(database)
    .select({ id: shown.id, namespaceId: invitations.namespaceId, namespace: shown.namespace, role: shown.role })
    .from(invitations)
    .innerJoin(namespaces, eq(namespaces.id, invitations.namespaceId))
    .where(and(forAccount(presented, userId), answerable(now)));
  return row;
}

/**
 * Answers an invitation, in one batch that judges everything again: it is answered once, by the account that it is for,
 * while whoever invited may still do so. What a member holds already is not lowered. Returns whether it was answered.
 */
export async function settleInvitation(
  database: D1Database,
  presented: Presented,
  answer: { readonly userId: string; readonly accept: boolean; readonly now: number },
  note: AuditNote,
): Promise<boolean> {
  const db = drizzle(database);
  const { userId, accept, now } = answer;
  const good = sql`${forAccount(presented, userId)} AND ${answerable(now)}`;
  const joined: BatchItem<"sqlite">[] = [
    db
      .insert(members)
      .select(sql`SELECT namespace_id, ${userId}, role, ${now} FROM invitations WHERE role IS NOT NULL AND ${good}`)
      .onConflictDoNothing(),
    db
      .insert(teamMembers)
      .select(
        sql`SELECT t.namespace_id, ${userId}, t.id, ${now} FROM invitations, json_each(invitations.teams) one
          JOIN teams t ON t.id = one.value AND t.namespace_id = invitations.namespace_id WHERE ${good}`,
      )
      .onConflictDoNothing(),
  ];
  const answers: [BatchItem<"sqlite">, ...BatchItem<"sqlite">[]] = [
    auditInsert(db, note, sql`EXISTS (SELECT 1 FROM invitations WHERE ${good})`),
    ...(accept ? joined : []),
    db.delete(invitations).where(good).returning({ id: invitations.id }),
  ];
  const results = (await db.batch(answers)) as readonly unknown[];
  return ((results.at(-1) as { id: string }[] | undefined)?.length ?? 0) > 0;
}

/** Whether the account belongs to the namespace already, in this role or in no other. */
export async function roleAlready(
  database: D1Database,
  namespaceId: string,
  userId: string,
): Promise<{ role: Role | null } | undefined> {
  const [row] = await drizzle(database).all<{ role: Role | null }>(sql`
    SELECT (SELECT role FROM members WHERE namespace_id = ${namespaceId} AND user_id = ${userId}) AS role`);
  return row?.role ? { role: row.role } : undefined;
}

/** The confirmed address of an account. */
export async function confirmedAddress(database: D1Database, userId: string): Promise<string | undefined> {
  const [row] = await drizzle(database)
    .select({ email: users.email })
    .from(users)
    .where(and(eq(users.id, userId), sql`${users.emailVerifiedAt} IS NOT NULL`));
  return row?.email ?? undefined;
}

export async function deleteExpiredInvitations(database: D1Database, now: Date): Promise<void> {
  await drizzle(database).delete(invitations).where(lte(invitations.expiresAt, now));
}
