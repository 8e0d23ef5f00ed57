import { and, asc, count, eq, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { drizzle } from "drizzle-orm/d1";
import { auditInsert, type AuditNote } from "../audit/index.ts";
import { users } from "../auth/tables.ts";
import { namespaces } from "../namespaces/tables.ts";
import { teamGrants, teamMembers, teams } from "./tables.ts";

export type TeamRole = "admin" | "write" | "read";

export interface TeamRecord {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
}

/** One grant; an empty `artifact` stands for the whole organisation. */
export interface TeamGrant {
  readonly artifact: string;
  readonly role: TeamRole;
}

const teamThere = (id: string) => sql`EXISTS (SELECT 1 FROM teams WHERE id = ${id})`;

/** Fails with a UNIQUE constraint when the name is taken. Returns false when the organisation has `limit` teams already. */
export async function insertTeam(
  database: D1Database,
  team: TeamRecord & { namespaceId: string },
  limit: number,
  note: AuditNote,
): Promise<boolean> {
  const db = drizzle(database);
  const { id, namespaceId, name, createdAt } = team;
  const room = sql`(SELECT count(*) FROM teams WHERE namespace_id = ${namespaceId}) < ${limit}`;
  const [, , made] = await db.batch([
    db.insert(teams).select(sql`SELECT ${id}, ${namespaceId}, ${name}, ${createdAt.getTime()} WHERE ${room}`),
    auditInsert(db, note, teamThere(id)),
    db.select({ id: teams.id }).from(teams).where(eq(teams.id, id)),
  ]);
  return made.length > 0;
}

/** A team of an organisation by its name. */
export async function findTeam(
  database: D1Database,
  namespaceId: string,
  name: string,
): Promise<TeamRecord | undefined> {
  const rows = await drizzle(database)
    .select()
    .from(teams)
    .where(and(eq(teams.namespaceId, namespaceId), eq(teams.name, name)));
  return rows[0];
}

/** Teams of an organisation by name, those of the names given, or all. */
export async function findTeams(
  database: D1Database,
  namespaceId: string,
  names?: readonly string[],
): Promise<(TeamRecord & { members: number })[]> {
  return drizzle(database)
    .select({ id: teams.id, name: teams.name, createdAt: teams.createdAt, members: count(teamMembers.userId) })
    .from(teams)
    .leftJoin(teamMembers, eq(teamMembers.teamId, teams.id))
    .where(
      and(
        eq(teams.namespaceId, namespaceId),
        names && sql`${teams.name} IN (SELECT value FROM json_each(${JSON.stringify(names)}))`,
      ),
    )
    .groupBy(teams.id)
    .orderBy(asc(teams.name));
}

/** Members and grants of a team. */
export async function teamContent(database: D1Database, teamId: string) {
  const db = drizzle(database);
  const [members, grants] = await db.batch([
    db
      .select({ handle: users.handle, addedAt: teamMembers.addedAt })
      .from(teamMembers)
      .innerJoin(users, eq(users.id, teamMembers.userId))
      .where(eq(teamMembers.teamId, teamId))
      .orderBy(asc(users.handle)),
    db
      .select({ artifact: teamGrants.artifact, role: teamGrants.role })
      .from(teamGrants)
      .where(eq(teamGrants.teamId, teamId))
      .orderBy(asc(teamGrants.artifact)),
  ]);
  return { members, grants };
}

/** Fails with a UNIQUE constraint when the new name is taken. */
export async function renameTeam(database: D1Database, id: string, name: string, note: AuditNote): Promise<boolean> {
  const db = drizzle(database);
  const [renamed] = await db.batch([
    db.update(teams).set({ name }).where(eq(teams.id, id)).returning({ id: teams.id }),
    auditInsert(db, note, teamThere(id)),
  ]);
  return renamed.length > 0;
}

/** Removes a team with its members' places and its grants. */
export async function deleteTeam(database: D1Database, id: string, note: AuditNote): Promise<boolean> {
  const db = drizzle(database);
  const [, , , gone] = await db.batch([
    auditInsert(db, note, teamThere(id)),
    db.delete(teamMembers).where(eq(teamMembers.teamId, id)),
    db.delete(teamGrants).where(eq(teamGrants.teamId, id)),
    db.delete(teams).where(eq(teams.id, id)).returning({ id: teams.id }),
  ]);
  return gone.length > 0;
}

/** Teams that a user is in, by namespace and name. */
export async function teamsOf(database: D1Database, userId: string): Promise<{ namespace: string; team: string }[]> {
  return drizzle(database)
    .select({
      namespace: sql<string>`${namespaces.kind} || '/' || ${namespaces.handle}`.as("namespace"),
      team: teams.name,
    })
    .from(teamMembers)
    .innerJoin(teams, eq(teams.id, teamMembers.teamId))
    .innerJoin(namespaces, eq(namespaces.id, teamMembers.namespaceId))
    .where(eq(teamMembers.userId, userId))
    .orderBy(asc(namespaces.handle), asc(teams.name));
}

/** In SQL, whether the user belongs to the namespace already: as a member, or by another team. */
const belongs = (namespaceId: string, userId: string) =>
  sql`(EXISTS (SELECT 1 FROM members WHERE namespace_id = ${namespaceId} AND user_id = ${userId})
    OR EXISTS (SELECT 1 FROM team_members WHERE namespace_id = ${namespaceId} AND user_id = ${userId}))`;

/** Puts somebody into a team who belongs to the organisation. Returns false when they do not, or the team is gone. */
export async function addTeamMember(
  database: D1Database,
  place: { namespaceId: string; teamId: string; userId: string; at: number },
  note: AuditNote,
): Promise<boolean> {
  const db = drizzle(database);
  const { namespaceId, teamId, userId, at } = place;
  const inTeam = sql`EXISTS (SELECT 1 FROM team_members WHERE team_id = ${teamId} AND namespace_id = ${namespaceId} AND user_id = ${userId})`;
  const [, , there] = await db.batch([
    // Before the change: who is in it already leaves no second record.
    auditInsert(db, note, sql`${belongs(namespaceId, userId)} AND ${teamThere(teamId)} AND NOT ${inTeam}`),
    db
      .insert(teamMembers)
      .select(
        sql`SELECT ${namespaceId}, ${userId}, id, ${at} FROM teams WHERE id = ${teamId} AND namespace_id = ${namespaceId}
          AND ${belongs(namespaceId, userId)}`,
      )
      .onConflictDoNothing(),
    db
      .select({ id: teamMembers.teamId })
      .from(teamMembers)
      .where(and(eq(teamMembers.teamId, teamId), eq(teamMembers.userId, userId))),
  ]);
  return there.length > 0;
}

/** Returns false when the user is not in the team. */
export async function removeTeamMember(
  database: D1Database,
  teamId: string,
  userId: string,
  note: AuditNote,
): Promise<boolean> {
  const db = drizzle(database);
  const which = and(eq(teamMembers.teamId, teamId), eq(teamMembers.userId, userId));
  const [, gone] = await db.batch([
    auditInsert(db, note, sql`EXISTS (SELECT 1 FROM team_members WHERE ${which})`),
    db.delete(teamMembers).where(which).returning({ id: teamMembers.teamId }),
  ]);
  return gone.length > 0;
}

/** Sets what a team may do to an artifact, or to everything when that is empty; takes it away with null. */
export async function setGrant(
  database: D1Database,
  teamId: string,
  artifact: string,
  role: TeamRole | null,
  note: AuditNote,
): Promise<void> {
  const db = drizzle(database);
  const which = and(eq(teamGrants.teamId, teamId), eq(teamGrants.artifact, artifact));
  const change: BatchItem<"sqlite"> =
    role === null
      ? db.delete(teamGrants).where(which)
      : db
          .insert(teamGrants)
          .select(sql`SELECT id, ${artifact}, ${role} FROM teams WHERE id = ${teamId}`)
          .onConflictDoUpdate({ target: [teamGrants.teamId, teamGrants.artifact], set: { role } });
  const known = sql`EXISTS (SELECT 1 FROM team_grants WHERE ${which})`;
  await db.batch([auditInsert(db, note, role === null ? known : teamThere(teamId)), change]);
}
