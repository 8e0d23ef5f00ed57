import { and, asc, eq, lte, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { Handle, NamespaceKind } from "../../../core/identifiers.ts";
import type { Standing } from "../../../core/verification/expiry.ts";
import type { ProofKind } from "../../../core/verification/proof.ts";
import { auditInsert, type AuditNote } from "../audit/index.ts";
import { type Letter, letterInsert } from "../mail/index.ts";
import { members, namespaces } from "../namespaces/tables.ts";
import { verifications } from "./tables.ts";

export type VerificationRecord = typeof verifications.$inferSelect;
export type Method = NonNullable<VerificationRecord["method"]>;

/** What a publisher has proved. Empty for those who have not. */
export interface Publisher {
  readonly verified: { kind: ProofKind; subject: string }[];
}

/** In SQL, what the publisher of a row has proved; `namespaceId` is written out, because a bare column would be the inner one. */
export function publisherOf(namespaceId: SQL): SQL.Aliased<Publisher> {
  return sql<Publisher>`(SELECT json_group_array(json_object('kind', v.kind, 'subject', v.subject)) FROM
    (SELECT kind, subject FROM verifications WHERE namespace_id = ${namespaceId} AND state = 'verified' ORDER BY kind, subject) v)`
    .mapWith((text: string): Publisher => ({ verified: JSON.parse(text) as Publisher["verified"] }))
    .as("publisher");
}

/** What a namespace has proved. */
export async function readPublisher(database: D1Database, namespaceId: string): Promise<Publisher> {
  const rows = await drizzle(database)
    .select({ publisher: publisherOf(sql`${namespaceId}`) })
    .from(sql`(SELECT 1)`);
  return rows[0]?.publisher ?? { verified: [] };
}

export async function listVerifications(database: D1Database, namespaceId: string): Promise<VerificationRecord[]> {
  return drizzle(database)
    .select()
    .from(verifications)
    .where(eq(verifications.namespaceId, namespaceId))
    .orderBy(asc(verifications.kind), asc(verifications.subject));
}

export async function findVerification(
  database: D1Database,
  namespaceId: string,
  id: string,
): Promise<VerificationRecord | undefined> {
  const rows = await drizzle(database)
    .select()
    .from(verifications)
    .where(and(eq(verifications.namespaceId, namespaceId), eq(verifications.id, id)));
  return rows[0];
}

type Started = typeof verifications.$inferInsert;
const sameSubject = ({ namespaceId, kind, subject }: Started) =>
  and(eq(verifications.namespaceId, namespaceId), eq(verifications.kind, kind), eq(verifications.subject, subject));

/** Begins one, or begins one again that ended; one that is under way or verified stays as it is. Undefined at the limit. */
export async function startRow(
  database: D1Database,
  row: Started,
  limit: number,
  note: AuditNote,
): Promise<VerificationRecord | undefined> {
  const db = drizzle(database);
  const { namespaceId, kind, subject } = row;
  const there = sql`EXISTS (SELECT 1 FROM verifications WHERE namespace_id = ${namespaceId} AND kind = ${kind}
    AND subject = ${subject} AND state <> 'ended')`;
  const full = sql`(SELECT count(*) FROM verifications WHERE namespace_id = ${namespaceId}) >= ${limit}`;
  const [, , , rows] = await db.batch([
    db.delete(verifications).where(and(sameSubject(row), eq(verifications.state, "ended"))),
    auditInsert(db, note, sql`NOT ${there} AND NOT ${full}`),
    db
      .insert(verifications)
      .select(
        sql`SELECT ${row.id}, ${namespaceId}, ${kind}, ${subject}, ${row.token}, 'pending', NULL, ${row.startedBy},
          ${row.startedAt.getTime()}, NULL, NULL, NULL, NULL, 0 WHERE NOT ${full}`,
      )
      .onConflictDoNothing(),
    db.select().from(verifications).where(sameSubject(row)),
  ]);
  return rows[0];
}

/** The row as it was when its proof was looked for: of one that was removed or begun again meanwhile nothing is recorded. */
const unchanged = ({ id, token, state, failures }: VerificationRecord) =>
  sql`id = ${id} AND token = ${token} AND state = ${state} AND failures = ${failures}`;

/** Records a check that found the proof. */
export async function recordProved(
  database: D1Database,
  row: VerificationRecord,
  found: { method: Method; at: Date; dueAt: Date },
  note: AuditNote,
): Promise<void> {
  const db = drizzle(database);
  const { method, at, dueAt } = found;
  await db.batch([
    auditInsert(db, note, sql`EXISTS (SELECT 1 FROM verifications WHERE ${unchanged(row)} AND state <> 'verified')`),
    db
      .update(verifications)
      .set({
        state: "verified",
        method,
        verifiedAt: sql`CASE WHEN state = 'verified' THEN verified_at ELSE ${at.getTime()} END`,
        checkedAt: at,
        dueAt,
        failingSince: null,
        failures: 0,
      })
      .where(unchanged(row)),
  ]);
}

/** Records a check that did not. */
export async function recordMissed(
  database: D1Database,
  row: VerificationRecord,
  missed: Standing & { at: Date; dueAt: Date | null },
): Promise<void> {
  const { failures, failingSince, at, dueAt } = missed;
  await drizzle(database)
    .update(verifications)
    .set({
      checkedAt: at,
      // What was never proved cannot fail.
      ...(row.state === "verified"
        ? { failures, failingSince: failingSince === null ? null : new Date(failingSince), dueAt }
        : {}),
    })
    .where(unchanged(row));
}

/** Ends a verification and writes to the owners of its namespace. */
export async function recordEnded(
  database: D1Database,
  row: VerificationRecord,
  ended: { at: Date; letter: Letter; owners: readonly string[] },
  note: AuditNote,
): Promise<void> {
  const db = drizzle(database);
  const { at, letter, owners } = ended;
  const still = sql`EXISTS (SELECT 1 FROM verifications WHERE ${unchanged(row)})`;
  await db.batch([
    auditInsert(db, note, still),
    ...owners.map((userId) => letterInsert(db, { userId, letter, at }, still)),
    db.update(verifications).set({ state: "ended", checkedAt: at, dueAt: null }).where(unchanged(row)),
  ]);
}

/** Returns false when there was none. */
export async function deleteVerification(
  database: D1Database,
  namespaceId: string,
  id: string,
  note: AuditNote,
): Promise<boolean> {
  const db = drizzle(database);
  const which = and(eq(verifications.namespaceId, namespaceId), eq(verifications.id, id));
  const [, gone] = await db.batch([
    auditInsert(db, note, sql`EXISTS (SELECT 1 FROM verifications WHERE namespace_id = ${namespaceId} AND id = ${id})`),
    db.delete(verifications).where(which).returning({ id: verifications.id }),
  ]);
  return gone.length > 0;
}

/** A verification with whose it is. */
export type DueVerification = VerificationRecord & {
  readonly namespaceKind: NamespaceKind;
  readonly handle: Handle;
};

/** Verified ones whose proof has to be looked for again, the longest due first. */
export async function dueVerifications(database: D1Database, now: Date, limit: number): Promise<DueVerification[]> {
  const rows = await drizzle(database)
    .select({ row: verifications, namespaceKind: namespaces.kind, handle: namespaces.handle })
    .from(verifications)
    .innerJoin(namespaces, eq(namespaces.id, verifications.namespaceId))
    .where(and(sql`state = 'verified'`, lte(verifications.dueAt, now)))
    .orderBy(asc(verifications.dueAt))
    .limit(limit);
  return rows.map(({ row, namespaceKind, handle }) => ({ ...row, namespaceKind, handle: handle as Handle }));
}

/** Whom a namespace's affairs are told to; an organisation with many owners tells the first of them. */
export async function ownersOf(database: D1Database, namespaceId: string, limit: number): Promise<string[]> {
  const rows = await drizzle(database)
    .select({ userId: members.userId })
    .from(members)
    .where(and(eq(members.namespaceId, namespaceId), eq(members.role, "owner")))
    .orderBy(asc(members.addedAt))
    .limit(limit);
  return rows.map(({ userId }) => userId);
}
