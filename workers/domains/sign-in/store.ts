import { and, asc, count, eq, gt, isNull, lte, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { Handle } from "../../../core/identifiers.ts";
import { auditInsert, type AuditNote } from "../audit/index.ts";
import type { Account } from "../auth/index.ts";
import { users } from "../auth/tables.ts";
import { passkeys } from "../second-factor/tables.ts";
import { identities, provedIdentities, signInAttempts } from "./tables.ts";

export type NewAttempt = typeof signInAttempts.$inferInsert;
export type FoundAttempt = typeof signInAttempts.$inferSelect;
export type ProvedIdentity = typeof provedIdentities.$inferSelect;

export async function insertAttempt(database: D1Database, attempt: NewAttempt): Promise<void> {
  await drizzle(database).insert(signInAttempts).values(attempt);
}

/** Uses an attempt up: of many who come back with one state, one gets it. Undefined for the others and when it is late. */
export async function takeAttempt(database: D1Database, hash: string, now: Date): Promise<FoundAttempt | undefined> {
  const [row] = await drizzle(database)
    .delete(signInAttempts)
    .where(and(eq(signInAttempts.hash, hash), gt(signInAttempts.expiresAt, now)))
    .returning();
  return row;
}

export interface IdentityName {
  readonly issuer: string;
  readonly subject: string;
}

const isIdentity = ({ issuer, subject }: IdentityName) =>
  and(eq(identities.issuer, issuer), eq(identities.subject, subject));

/** The account that an identity opens. */
export async function findByIdentity(database: D1Database, identity: IdentityName): Promise<Account | undefined> {
  const [row] = await drizzle(database)
    .select({ id: users.id, handle: users.handle, operator: users.operator })
    .from(identities)
    .innerJoin(users, eq(users.id, identities.userId))
    .where(and(isIdentity(identity), isNull(users.deletedAt)));
  return row && { ...row, handle: row.handle as Handle };
}

/** Remembers that an identity was used, and what it is called now. */
export async function touchIdentity(
  database: D1Database,
  identity: IdentityName,
  use: { readonly name: string | null; readonly email: string | null; readonly lastUsedAt: Date },
): Promise<void> {
  await drizzle(database).update(identities).set(use).where(isIdentity(identity));
}

export type NewIdentity = typeof identities.$inferInsert;

/** Links an identity to an account. Returns false when it is linked already, to whomever. */
export async function linkIdentity(database: D1Database, identity: NewIdentity, note: AuditNote): Promise<boolean> {
  const db = drizzle(database);
  const linkedNow = sql`EXISTS (SELECT 1 FROM identities WHERE issuer = ${identity.issuer} AND subject = ${identity.subject}
    AND user_id = ${identity.userId} AND linked_at = ${identity.linkedAt.getTime()})`;
  const [linked] = await db.batch([
    db.insert(identities).values(identity).onConflictDoNothing().returning({ subject: identities.subject }),
    auditInsert(db, note, linkedNow),
  ]);
  return linked.length > 0;
}

export type LinkedIdentity = typeof identities.$inferSelect;

/** The identities of an account, oldest first. */
export async function listIdentities(database: D1Database, userId: string): Promise<LinkedIdentity[]> {
  return drizzle(database)
    .select()
    .from(identities)
    .where(eq(identities.userId, userId))
    .orderBy(asc(identities.linkedAt));
}

/** Whether an account has anything to sign in with beside one identity. */
const otherWayIn = (userId: string, { issuer, subject }: IdentityName) => sql`(
  EXISTS (SELECT 1 FROM ${users} u WHERE u.id = ${userId} AND u.password_hash <> '')
  OR EXISTS (SELECT 1 FROM ${passkeys} k WHERE k.user_id = ${userId})
  OR EXISTS (SELECT 1 FROM identities other WHERE other.user_id = ${userId}
    AND NOT (other.issuer = ${issuer} AND other.subject = ${subject})))`;

export type Unlinking = "unlinked" | "last" | "unknown";

/** Takes an identity from an account, unless nothing else would let its person in. */
export async function unlinkIdentity(
  database: D1Database,
  userId: string,
  identity: IdentityName,
  note: AuditNote,
): Promise<Unlinking> {
  const db = drizzle(database);
  const own = and(isIdentity(identity), eq(identities.userId, userId));
  const allowed = sql`EXISTS (SELECT 1 FROM identities i WHERE i.issuer = ${identity.issuer}
    AND i.subject = ${identity.subject} AND i.user_id = ${userId}) AND ${otherWayIn(userId, identity)}`;
  const [before, , gone] = await db.batch([
    db.select({ number: count() }).from(identities).where(own),
    auditInsert(db, note, allowed),
    db
      .delete(identities)
      .where(and(own, otherWayIn(userId, identity)))
      .returning({ subject: identities.subject }),
  ]);
  if (gone.length > 0) return "unlinked";
  return before[0]?.number ? "last" : "unknown";
}

/** True when somebody has confirmed this address as theirs. */
export async function addressIsTaken(database: D1Database, email: string): Promise<boolean> {
  const rows = await drizzle(database)
    .select({ id: users.id })
    .from(users)
    .where(sql`lower(${users.email}) = ${email.toLowerCase()} AND ${users.emailVerifiedAt} IS NOT NULL`)
    .limit(1);
  return rows.length > 0;
}

export async function insertProvedIdentity(database: D1Database, proved: ProvedIdentity): Promise<void> {
  await drizzle(database).insert(provedIdentities).values(proved);
}

export async function findProvedIdentity(
  database: D1Database,
  hash: string,
  now: Date,
): Promise<ProvedIdentity | undefined> {
  const [row] = await drizzle(database)
    .select()
    .from(provedIdentities)
    .where(and(eq(provedIdentities.hash, hash), gt(provedIdentities.expiresAt, now)));
  return row;
}

export async function deleteProvedIdentity(database: D1Database, hash: string): Promise<void> {
  await drizzle(database).delete(provedIdentities).where(eq(provedIdentities.hash, hash));
}

/** Forgets browsers that did not come back, and people who did not choose a handle. */
export async function deleteOldSignIns(database: D1Database, now: Date): Promise<void> {
  const db = drizzle(database);
  await db.batch([
    db.delete(signInAttempts).where(lte(signInAttempts.expiresAt, now)),
    db.delete(provedIdentities).where(lte(provedIdentities.expiresAt, now)),
  ]);
}
