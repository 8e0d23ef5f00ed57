import { and, asc, count, eq, isNotNull, isNull, or, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { ssoIdentityIssuer, ssoProviderId } from "../../../core/sso.ts";
import { auditInsert, type AuditNote } from "../audit/index.ts";
import { apiKeys, sessions } from "../auth/tables.ts";
import { deviceRequests } from "../device-login/tables.ts";
import { directoryGroupMembers } from "../directory-groups/tables.ts";
import { members } from "../namespaces/tables.ts";
import { factorChallenges } from "../second-factor/tables.ts";
import { identities } from "../sign-in/tables.ts";
import type { FoundSso } from "../sso/index.ts";
import { teamMembers } from "../teams/tables.ts";
import type { Person, PersonAttributes, PersonFilter, ProvidedPerson } from "./person.ts";
import { directoryUsers } from "./tables.ts";

type Database = DrizzleD1Database<Record<string, never>>;
type Sso = Pick<FoundSso, "namespaceId" | "issuer" | "match" | "role">;

const isMember = sql<boolean>`EXISTS (SELECT 1 FROM members m WHERE m.namespace_id = ${directoryUsers.namespaceId}
  AND m.user_id = ${directoryUsers.userId})`;

const columns = {
  id: directoryUsers.id,
  userName: directoryUsers.userName,
  externalId: directoryUsers.externalId,
  displayName: directoryUsers.displayName,
  givenName: directoryUsers.givenName,
  familyName: directoryUsers.familyName,
  email: directoryUsers.email,
  active: directoryUsers.active,
  provisioned: directoryUsers.provisioned,
  userId: directoryUsers.userId,
  member: isMember.mapWith(Boolean).as("is_member"),
  createdAt: directoryUsers.createdAt,
  updatedAt: directoryUsers.updatedAt,
};

const one = (namespaceId: string, id: string) =>
  and(eq(directoryUsers.namespaceId, namespaceId), eq(directoryUsers.id, id));

async function first(database: D1Database, which: SQL | undefined, order: SQL[] = []): Promise<Person | undefined> {
  const [row] = await drizzle(database)
    .select(columns)
    .from(directoryUsers)
    .where(which)
    .orderBy(...order)
    .limit(1);
  return row;
}

export const findPerson = (database: D1Database, namespaceId: string, id: string) =>
  first(database, one(namespaceId, id));

export const findPersonOf = (database: D1Database, namespaceId: string, userId: string) =>
  first(database, and(eq(directoryUsers.namespaceId, namespaceId), eq(directoryUsers.userId, userId)));

/** The person without an account whom the organisation's provider calls so, as the organisation tells people apart. */
export async function findExpected(
  database: D1Database,
  { namespaceId, match }: Sso,
  { subject, email }: ProvidedPerson,
): Promise<Person | undefined> {
  const free = and(eq(directoryUsers.namespaceId, namespaceId), isNull(directoryUsers.userId));
  if (match === "email") {
    if (!email) return undefined;
    const address = email.toLowerCase();
    const named = or(eq(directoryUsers.nameKey, address), sql`lower(${directoryUsers.email}) = ${address}`);
    return first(database, and(free, named), [sql`${directoryUsers.nameKey} <> ${address}`, asc(directoryUsers.id)]);
  }
  const known = or(
    eq(directoryUsers.externalId, subject),
    and(isNull(directoryUsers.externalId), eq(directoryUsers.userName, subject)),
  );
  return first(database, and(free, known), [asc(directoryUsers.id)]);
}

/** The one account that came through the organisation's provider under this name; undefined when there is not just one. */
export async function accountKnownAs(
  database: D1Database,
  { namespaceId, issuer, match }: Sso,
  { userName, externalId }: PersonAttributes,
): Promise<string | undefined> {
  const called =
    match === "email"
      ? sql`lower(${identities.email}) = ${userName.toLowerCase()}`
      : eq(identities.subject, externalId ?? userName);
  const rows = await drizzle(database)
    .select({ userId: identities.userId })
    .from(identities)
    .where(and(eq(identities.issuer, ssoIdentityIssuer(namespaceId, issuer)), called))
    .limit(2);
  return rows.length === 1 ? rows[0]?.userId : undefined;
}

const conditions: Record<PersonFilter["attribute"], (value: string) => SQL> = {
  id: (value) => eq(directoryUsers.id, value),
  userName: (value) => eq(directoryUsers.nameKey, value.toLowerCase()),
  externalId: (value) => eq(directoryUsers.externalId, value),
  displayName: (value) => sql`lower(${directoryUsers.displayName}) = ${value.toLowerCase()}`,
  email: (value) => sql`lower(${directoryUsers.email}) = ${value.toLowerCase()}`,
  active: (value) =>
    sql`(${directoryUsers.active} AND (${directoryUsers.userId} IS NULL OR ${isMember})) = ${value === "true" ? 1 : 0}`,
};

/** People of a directory, in a fixed order, and how many there are. */
export async function listPeople(
  database: D1Database,
  namespaceId: string,
  filters: readonly PersonFilter[],
  page: { readonly offset: number; readonly limit: number },
): Promise<{ people: Person[]; total: number }> {
  const db = drizzle(database);
  const narrowed = filters.map(({ attribute, value }) => conditions[attribute](String(value)));
  const which = and(eq(directoryUsers.namespaceId, namespaceId), ...narrowed);
  const [totals, people] = await db.batch([
    db.select({ number: count() }).from(directoryUsers).where(which),
    db
      .select(columns)
      .from(directoryUsers)
      .where(which)
      .orderBy(asc(directoryUsers.id))
      .limit(page.limit)
      .offset(page.offset),
  ]);
  return { people, total: totals[0]?.number ?? 0 };
}

const attributesOf = (given: PersonAttributes, at: Date) => ({
  userName: given.userName,
  nameKey: given.userName.toLowerCase(),
  externalId: given.externalId,
  displayName: given.displayName,
  givenName: given.givenName,
  familyName: given.familyName,
  email: given.email,
  active: given.active,
  updatedAt: at,
});

/** In SQL, that the person is active and has this account. */
const bound = (id: string, userId: string) =>
  sql`EXISTS (SELECT 1 FROM directory_users d WHERE d.id = ${id} AND d.user_id = ${userId} AND d.active = 1)`;

/** Makes the account of an active person a member, and puts it into the teams of their groups. Roles are not touched. */
function joining(db: Database, sso: Sso, id: string, userId: string, at: Date): BatchItem<"sqlite">[] {
  const { namespaceId, role } = sso;
  const may = bound(id, userId);
  return [
    db
      .insert(members)
      .select(sql`SELECT ${namespaceId}, ${userId}, ${role}, ${at.getTime()} WHERE ${may}`)
      .onConflictDoNothing(),
    db
      .insert(teamMembers)
      .select(
        sql`SELECT ${namespaceId}, ${userId}, g.team_id, ${at.getTime()} FROM ${directoryGroupMembers} g
          WHERE g.person_id = ${id} AND ${may}`,
      )
      .onConflictDoNothing(),
  ];
}

export interface NewPerson extends PersonAttributes {
  readonly id: string;
  readonly provisioned: boolean;
  readonly userId: string | null;
}

/** Adds a person; one with an account joins. Fails with a UNIQUE constraint when the directory has them already. */
export async function insertPerson(
  database: D1Database,
  sso: Sso,
  person: NewPerson,
  at: Date,
  note: AuditNote,
): Promise<void> {
  const db = drizzle(database);
  const { id, provisioned, userId } = person;
  const row = { id, namespaceId: sso.namespaceId, provisioned, userId, createdAt: at, ...attributesOf(person, at) };
  await db.batch([
    db.insert(directoryUsers).values(row),
    auditInsert(db, note),
    ...(userId === null ? [] : joining(db, sso, id, userId, at)),
  ]);
}

/** Gives a person the account that has proved to be theirs. Returns false when they got another one, or ended, meanwhile. */
export async function bindPerson(
  database: D1Database,
  sso: Sso,
  id: string,
  userId: string,
  at: Date,
  note: AuditNote,
): Promise<boolean> {
  const db = drizzle(database);
  const free = and(one(sso.namespaceId, id), isNull(directoryUsers.userId), eq(directoryUsers.active, true));
  const [, bindings] = await db.batch([
    auditInsert(db, note, sql`EXISTS (SELECT 1 FROM directory_users WHERE ${free})`),
    db.update(directoryUsers).set({ userId, updatedAt: at }).where(free).returning({ id: directoryUsers.id }),
    ...joining(db, sso, id, userId, at),
  ]);
  return bindings.length > 0;
}

/** Changes what the directory says of somebody who stays active, or becomes it. Fails with a UNIQUE constraint. */
export async function updatePerson(
  database: D1Database,
  sso: Sso,
  person: Person,
  next: PersonAttributes,
  at: Date,
  note: AuditNote,
): Promise<void> {
  const db = drizzle(database);
  const which = one(sso.namespaceId, person.id);
  await db.batch([
    db
      .update(directoryUsers)
      .set({ ...attributesOf(next, at), provisioned: true })
      .where(which),
    auditInsert(db, note, sql`EXISTS (SELECT 1 FROM directory_users WHERE ${which})`),
    ...(person.userId === null || !next.active ? [] : joining(db, sso, person.id, person.userId, at)),
  ]);
}

/** In SQL, that the organisation keeps an owner without this account. */
const keepsOwner = (namespaceId: string, userId: string) =>
  sql`(NOT EXISTS (SELECT 1 FROM members own WHERE own.namespace_id = ${namespaceId} AND own.user_id = ${userId} AND own.role = 'owner')
    OR EXISTS (SELECT 1 FROM members other WHERE other.namespace_id = ${namespaceId} AND other.role = 'owner' AND other.user_id <> ${userId}))`;

/** Ends what came through the organisation's sign-in, and takes the account out of it and its teams. */
function leaving(db: Database, namespaceId: string, userId: string, now: Date, keeps: SQL) {
  const signIn = ssoProviderId(namespaceId);
  return [
    db
      .update(sessions)
      .set({ revokedAt: now })
      .where(and(eq(sessions.userId, userId), eq(sessions.signIn, signIn), isNull(sessions.revokedAt), keeps))
      .returning({ id: sessions.id }),
    db
      .update(apiKeys)
      .set({ signIn: null })
      .where(and(eq(apiKeys.userId, userId), eq(apiKeys.signIn, signIn), keeps)),
    // Sign-ins that are half done would open such a session in a moment.
    db
      .delete(factorChallenges)
      .where(
        and(eq(factorChallenges.userId, userId), sql`${factorChallenges.opening} ->> 'signIn' = ${signIn}`, keeps),
      ),
    db.delete(deviceRequests).where(and(eq(deviceRequests.userId, userId), eq(deviceRequests.signIn, signIn), keeps)),
    db.delete(teamMembers).where(and(eq(teamMembers.namespaceId, namespaceId), eq(teamMembers.userId, userId), keeps)),
    // Last: it decides whether the others were allowed.
    db.delete(members).where(and(eq(members.namespaceId, namespaceId), eq(members.userId, userId), keeps)),
  ] as const;
}

export type Departure = { readonly kind: "gone"; readonly sessions: string[] } | { readonly kind: "last-owner" };

/**
 * Takes a person's place in the organisation away, and keeps them as inactive (`next`) or forgets them (null). All in
 * one batch, and not at all when the organisation would be left without an owner. The account itself is the person's.
 */
export async function endPerson(
  database: D1Database,
  sso: Sso,
  person: Person,
  next: PersonAttributes | null,
  now: Date,
  note: AuditNote,
): Promise<Departure> {
  const db = drizzle(database);
  const { namespaceId } = sso;
  const { id, userId } = person;
  const keeps = userId === null ? sql`TRUE` : keepsOwner(namespaceId, userId);
  const which = and(one(namespaceId, id), keeps);
  const change: BatchItem<"sqlite"> =
    next === null
      ? db.delete(directoryUsers).where(which)
      : db
          .update(directoryUsers)
          .set({ ...attributesOf(next, now), provisioned: true })
          .where(which);
  const judged = db.select({ keeps: sql<number>`${keeps}`.as("keeps") }).from(sql`(SELECT 1)`);
  const told = auditInsert(db, note, sql`EXISTS (SELECT 1 FROM directory_users WHERE ${which})`);
  if (userId === null) {
    await db.batch([judged, told, change]);
    return { kind: "gone", sessions: [] };
  }
  const [ended, ...rest] = leaving(db, namespaceId, userId, now, keeps);
  const [seen, sessionsEnded] = await db.batch([judged, ended, told, change, ...rest]);
  if (!seen[0]?.keeps) return { kind: "last-owner" };
  return { kind: "gone", sessions: sessionsEnded.map((row) => row.id) };
}

/** Somebody who came through single sign-on before the directory told of them, and whom it calls so. */
export async function findUntold(
  database: D1Database,
  { namespaceId, match }: Sso,
  { userName, externalId }: PersonAttributes,
): Promise<Person | undefined> {
  const own = and(
    eq(directoryUsers.namespaceId, namespaceId),
    eq(directoryUsers.provisioned, false),
    isNotNull(directoryUsers.userId),
  );
  const called =
    match === "email"
      ? sql`lower(${directoryUsers.email}) = ${userName.toLowerCase()}`
      : eq(directoryUsers.userName, externalId ?? userName);
  return first(database, and(own, called), [asc(directoryUsers.id)]);
}
