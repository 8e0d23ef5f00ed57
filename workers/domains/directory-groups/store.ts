import { and, asc, count, eq, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { drizzle } from "drizzle-orm/d1";
import { auditInsert, type AuditNote } from "../audit/index.ts";
import { teamGrants, teamMembers, teams } from "../teams/tables.ts";
import type { Group, GroupFilter } from "./group.ts";
import { directoryGroupMembers, directoryGroups } from "./tables.ts";

const { teamId, namespaceId: inNamespace, displayName, externalId, updatedAt } = directoryGroups;
const columns = { id: teamId, displayName, externalId, createdAt: teams.createdAt, updatedAt };

const one = (namespaceId: string, id: string) => and(eq(inNamespace, namespaceId), eq(teamId, id));
const there = (namespaceId: string, id: string) =>
  sql`EXISTS (SELECT 1 FROM directory_groups WHERE namespace_id = ${namespaceId} AND team_id = ${id})`;

export async function findGroup(database: D1Database, namespaceId: string, id: string): Promise<Group | undefined> {
  const [row] = await drizzle(database)
    .select(columns)
    .from(directoryGroups)
    .innerJoin(teams, eq(teams.id, teamId))
    .where(one(namespaceId, id));
  return row;
}

const conditions: Record<GroupFilter["attribute"], (value: string) => SQL> = {
  id: (value) => eq(teamId, value),
  displayName: (value) => sql`lower(${displayName}) = ${value.toLowerCase()}`,
  externalId: (value) => eq(externalId, value),
  member: (value) =>
    sql`EXISTS (SELECT 1 FROM directory_group_members m WHERE m.team_id = ${teamId} AND m.person_id = ${value})`,
};

/** Groups of a directory, in a fixed order, and how many there are. */
export async function listGroups(
  database: D1Database,
  namespaceId: string,
  filters: readonly GroupFilter[],
  page: { readonly offset: number; readonly limit: number },
): Promise<{ groups: Group[]; total: number }> {
  const db = drizzle(database);
  const which = and(
    eq(inNamespace, namespaceId),
    ...filters.map(({ attribute, value }) => conditions[attribute](value)),
  );
  const [totals, groups] = await db.batch([
    db.select({ number: count() }).from(directoryGroups).where(which),
    db
      .select(columns)
      .from(directoryGroups)
      .innerJoin(teams, eq(teams.id, teamId))
      .where(which)
      .orderBy(asc(teamId))
      .limit(page.limit)
      .offset(page.offset),
  ]);
  return { groups, total: totals[0]?.number ?? 0 };
}

/** Who is in these groups, at most `limit` altogether. */
export async function membersOfGroups(
  database: D1Database,
  ids: readonly string[],
  limit: number,
): Promise<{ group: string; person: string; userName: string }[]> {
  return drizzle(database).all(sql`
    SELECT m.team_id AS "group", m.person_id AS person, d.user_name AS userName FROM directory_group_members m
      JOIN directory_users d ON d.id = m.person_id
      WHERE m.team_id IN (SELECT value FROM json_each(${JSON.stringify(ids)})) ORDER BY m.team_id, m.person_id LIMIT ${limit}`);
}

/** How many of these people the directory has. */
export async function countPeople(
  database: D1Database,
  namespaceId: string,
  people: readonly string[],
): Promise<number> {
  const [row] = await drizzle(database).all<{ number: number }>(sql`SELECT count(*) AS number FROM directory_users
    WHERE namespace_id = ${namespaceId} AND id IN (SELECT value FROM json_each(${JSON.stringify(people)}))`);
  return row?.number ?? 0;
}

/**
 * Adds a group with its team, which may do nothing yet. Fails with a UNIQUE constraint when the name is taken; returns
 * false when the organisation has `limit` teams.
 */
export async function insertGroup(
  database: D1Database,
  group: Group & { readonly namespaceId: string; readonly team: string },
  limit: number,
  note: AuditNote,
): Promise<boolean> {
  const db = drizzle(database);
  const { id, namespaceId, team, createdAt } = group;
  const room = sql`(SELECT count(*) FROM teams WHERE namespace_id = ${namespaceId}) < ${limit}`;
  const made = sql`EXISTS (SELECT 1 FROM teams WHERE id = ${id})`;
  const [, , , rows] = await db.batch([
    db.insert(teams).select(sql`SELECT ${id}, ${namespaceId}, ${team}, ${createdAt.getTime()} WHERE ${room}`),
    db
      .insert(directoryGroups)
      .select(
        sql`SELECT ${id}, ${namespaceId}, ${group.displayName}, ${group.externalId}, ${group.updatedAt.getTime()} WHERE ${made}`,
      ),
    auditInsert(db, note, made),
    db.select({ id: teams.id }).from(teams).where(eq(teams.id, id)),
  ]);
  return rows.length > 0;
}

/** What becomes of a group's people. `only` leaves nobody else in it. */
export interface GroupChange {
  /** With the team's name that is made from it. */
  readonly name?: { readonly displayName: string; readonly team: string };
  readonly externalId?: string | null;
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly only?: readonly string[];
}

const among = (people: readonly string[]) => sql`(SELECT value FROM json_each(${JSON.stringify(people)}))`;

/** Changes a group and its team in one batch. Fails with a UNIQUE constraint when the new name is taken. */
export async function updateGroup(
  database: D1Database,
  namespaceId: string,
  id: string,
  change: GroupChange,
  at: Date,
  note: AuditNote,
): Promise<void> {
  const db = drizzle(database);
  const { name, add = change.only ?? [], remove, only } = change;
  const set = {
    updatedAt: at,
    ...(name ? { displayName: name.displayName } : {}),
    ...(change.externalId === undefined ? {} : { externalId: change.externalId }),
  };
  const [kept, gone] = [
    directoryGroupMembers.personId,
    only ? sql`NOT IN ${among(only)}` : sql`IN ${among(remove ?? [])}`,
  ];
  const changes: BatchItem<"sqlite">[] = [
    ...(name ? [db.update(teams).set({ name: name.team }).where(eq(teams.id, id))] : []),
    ...(only || remove?.length
      ? [db.delete(directoryGroupMembers).where(and(eq(directoryGroupMembers.teamId, id), sql`${kept} ${gone}`))]
      : []),
    db
      .insert(directoryGroupMembers)
      .select(
        sql`SELECT ${id}, d.id FROM directory_users d WHERE d.namespace_id = ${namespaceId} AND d.id IN ${among(add)}`,
      )
      .onConflictDoNothing(),
    // The team holds those of the group who belong to the organisation now, and whoever an admin put there beside them.
    db.delete(teamMembers).where(
      and(
        eq(teamMembers.teamId, id),
        sql`${teamMembers.userId} IN (SELECT d.user_id FROM directory_users d WHERE d.namespace_id = ${namespaceId}
            AND NOT EXISTS (SELECT 1 FROM directory_group_members m WHERE m.team_id = ${id} AND m.person_id = d.id)
            AND d.id ${gone})`,
      ),
    ),
    db
      .insert(teamMembers)
      .select(
        sql`SELECT d.namespace_id, d.user_id, ${id}, ${at.getTime()} FROM directory_group_members m
          JOIN directory_users d ON d.id = m.person_id AND d.active = 1
          JOIN members own ON own.namespace_id = d.namespace_id AND own.user_id = d.user_id WHERE m.team_id = ${id}`,
      )
      .onConflictDoNothing(),
  ];
  await db.batch([
    auditInsert(db, note, there(namespaceId, id)),
    db.update(directoryGroups).set(set).where(one(namespaceId, id)),
    ...changes,
  ]);
}

/** Removes a group with its team and what that may do. */
export async function deleteGroup(
  database: D1Database,
  namespaceId: string,
  id: string,
  note: AuditNote,
): Promise<void> {
  const db = drizzle(database);
  const ours = there(namespaceId, id);
  await db.batch([
    auditInsert(db, note, ours),
    db.delete(teamMembers).where(and(eq(teamMembers.teamId, id), ours)),
    db.delete(teamGrants).where(and(eq(teamGrants.teamId, id), ours)),
    db.delete(directoryGroupMembers).where(and(eq(directoryGroupMembers.teamId, id), ours)),
    // Before its group, which tells whose it is: the group goes with it.
    db.delete(teams).where(and(eq(teams.id, id), ours)),
  ]);
}
