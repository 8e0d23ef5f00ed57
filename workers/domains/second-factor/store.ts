import { and, eq, isNotNull, isNull, lt, type SQL, sql } from "drizzle-orm";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { auditInsert, type AuditNote } from "../audit/index.ts";
import { sessions } from "../auth/tables.ts";
import { type Letter, letterInsert } from "../mail/index.ts";
import { factorLevels, passkeys, recoveryCodes, totpSecrets } from "./tables.ts";

type Database = DrizzleD1Database<Record<string, never>>;

/** Who is told of a change, and how: written with the change, where that happens. */
export interface Telling {
  readonly userId: string;
  readonly audit: AuditNote;
  readonly letter: Letter;
  readonly at: Date;
}

/** The statements for a batch, before that of the change itself: `when` decides the change and is asked before it. */
export function tell(db: Database, { userId, audit, letter, at }: Telling, when: SQL) {
  return [auditInsert(db, audit, when), letterInsert(db, { userId, letter, at }, when)] as const;
}

/** What a new factor brings along. */
export interface Arrival {
  /** Hashes of the recovery codes that the account gets if it has none. */
  readonly codeHashes: readonly string[];
  /** The session that the factor was proved in; all that never proved one end. */
  readonly session: string | undefined;
}

/** Recovery codes for an account without, and the end of sessions that the password alone opened. */
export function arrivalStatements(db: Database, { userId, at }: Telling, { codeHashes, session }: Arrival, when: SQL) {
  const own = session ?? "";
  return [
    db
      .insert(recoveryCodes)
      .select(
        sql`SELECT ${userId}, value, ${at.getTime()} FROM json_each(${JSON.stringify(codeHashes)})
          WHERE ${when} AND NOT EXISTS (SELECT 1 FROM recovery_codes r WHERE r.user_id = ${userId})`,
      )
      .returning({ hash: recoveryCodes.hash }),
    db
      .update(sessions)
      .set({ revokedAt: at })
      .where(
        and(
          eq(sessions.userId, userId),
          isNull(sessions.revokedAt),
          isNull(sessions.factorAt),
          sql`${sessions.id} <> ${own}`,
          when,
        ),
      )
      .returning({ id: sessions.id }),
    db
      .update(sessions)
      .set({ factorAt: at })
      .where(and(eq(sessions.id, own), when)),
  ] as const;
}

/** Whatever belongs to a second factor goes with the last one. */
export function departureStatements(db: Database, userId: string) {
  const none = sql`NOT EXISTS (SELECT 1 FROM passkeys p WHERE p.user_id = ${userId})
    AND NOT EXISTS (SELECT 1 FROM totp_secrets t WHERE t.user_id = ${userId} AND t.confirmed_at IS NOT NULL)`;
  return [
    db.delete(recoveryCodes).where(and(eq(recoveryCodes.userId, userId), none)),
    db.delete(factorLevels).where(and(eq(factorLevels.userId, userId), none)),
  ] as const;
}

export interface TotpRecord {
  readonly secret: string;
  readonly createdAt: Date;
  readonly confirmedAt: Date | null;
}

export async function findTotp(database: D1Database, userId: string): Promise<TotpRecord | undefined> {
  return (await drizzle(database).select().from(totpSecrets).where(eq(totpSecrets.userId, userId)))[0];
}

/** Keeps a secret that waits for its first code, in place of one that waited before. False when one is confirmed. */
export async function putPendingTotp(database: D1Database, userId: string, secret: string, at: Date): Promise<boolean> {
  const rows = await drizzle(database)
    .insert(totpSecrets)
    .values({ userId, secret, createdAt: at })
    .onConflictDoUpdate({
      target: totpSecrets.userId,
      set: { secret, createdAt: at, lastStep: 0 },
      setWhere: isNull(totpSecrets.confirmedAt),
    })
    .returning({ userId: totpSecrets.userId });
  return rows.length > 0;
}

/** What came of a new factor: the hashes of codes that the account got, and the sessions that ended. */
export interface Arrived {
  readonly gotCodes: boolean;
  readonly ended: readonly string[];
}

/** Confirms the waiting secret. Undefined when it is not the one that waits any more. */
export async function confirmTotp(
  database: D1Database,
  pending: { readonly secret: string; readonly step: number },
  arrival: Arrival,
  telling: Telling,
): Promise<Arrived | undefined> {
  const db = drizzle(database);
  const { userId, at } = telling;
  const when = sql`EXISTS (SELECT 1 FROM totp_secrets w
    WHERE w.user_id = ${userId} AND w.secret = ${pending.secret} AND w.confirmed_at IS NULL)`;
  const [, , codes, ended, , confirmed] = await db.batch([
    ...tell(db, telling, when),
    ...arrivalStatements(db, telling, arrival, when),
    db
      .update(totpSecrets)
      .set({ confirmedAt: at, lastStep: pending.step })
      .where(
        and(eq(totpSecrets.userId, userId), eq(totpSecrets.secret, pending.secret), isNull(totpSecrets.confirmedAt)),
      )
      .returning({ userId: totpSecrets.userId }),
  ]);
  if (confirmed.length === 0) return undefined;
  return { gotCodes: codes.length > 0, ended: ended.map(({ id }) => id) };
}

/** Uses up the codes until this step. False when that happened before: of two with one code, one is let in. */
export async function useStep(database: D1Database, userId: string, step: number): Promise<boolean> {
  const rows = await drizzle(database)
    .update(totpSecrets)
    .set({ lastStep: step })
    .where(and(eq(totpSecrets.userId, userId), isNotNull(totpSecrets.confirmedAt), lt(totpSecrets.lastStep, step)))
    .returning({ userId: totpSecrets.userId });
  return rows.length > 0;
}

/** Replaces the sealed form of a secret that is still the same. */
export async function resealTotp(database: D1Database, userId: string, old: string, secret: string): Promise<void> {
  await drizzle(database)
    .update(totpSecrets)
    .set({ secret })
    .where(and(eq(totpSecrets.userId, userId), eq(totpSecrets.secret, old)));
}

/** Forgets the secret. False when there was no confirmed one. */
export async function removeTotp(database: D1Database, telling: Telling): Promise<boolean> {
  const db = drizzle(database);
  const { userId } = telling;
  const when = sql`EXISTS (SELECT 1 FROM totp_secrets w WHERE w.user_id = ${userId} AND w.confirmed_at IS NOT NULL)`;
  const [, , gone] = await db.batch([
    ...tell(db, telling, when),
    db.delete(totpSecrets).where(eq(totpSecrets.userId, userId)).returning({ confirmedAt: totpSecrets.confirmedAt }),
    ...departureStatements(db, userId),
  ]);
  return gone.some(({ confirmedAt }) => confirmedAt !== null);
}

/** Forgets every factor of the account, with codes and level. False when it had none. */
export async function removeAllFactors(database: D1Database, telling: Telling): Promise<boolean> {
  const db = drizzle(database);
  const { userId } = telling;
  const when = sql`(EXISTS (SELECT 1 FROM passkeys p WHERE p.user_id = ${userId})
    OR EXISTS (SELECT 1 FROM totp_secrets t WHERE t.user_id = ${userId} AND t.confirmed_at IS NOT NULL))`;
  const [, , apps, keys] = await db.batch([
    ...tell(db, telling, when),
    db.delete(totpSecrets).where(eq(totpSecrets.userId, userId)).returning({ confirmedAt: totpSecrets.confirmedAt }),
    db.delete(passkeys).where(eq(passkeys.userId, userId)).returning({ id: passkeys.id }),
    ...departureStatements(db, userId),
  ]);
  return keys.length > 0 || apps.some(({ confirmedAt }) => confirmedAt !== null);
}

/** Uses a recovery code up. False when there is no such code. */
export async function spendRecoveryCode(database: D1Database, hash: string, telling: Telling): Promise<boolean> {
  const db = drizzle(database);
  const { userId } = telling;
  const when = sql`EXISTS (SELECT 1 FROM recovery_codes r WHERE r.user_id = ${userId} AND r.hash = ${hash})`;
  const [, , gone] = await db.batch([
    ...tell(db, telling, when),
    db
      .delete(recoveryCodes)
      .where(and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.hash, hash)))
      .returning({ hash: recoveryCodes.hash }),
  ]);
  return gone.length > 0;
}

/** Replaces all recovery codes of an account. */
export async function replaceRecoveryCodes(
  database: D1Database,
  hashes: readonly string[],
  telling: Telling,
): Promise<void> {
  const db = drizzle(database);
  const { userId, at } = telling;
  await db.batch([
    ...tell(db, telling, sql`TRUE`),
    db.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId)),
    db
      .insert(recoveryCodes)
      .select(sql`SELECT ${userId}, value, ${at.getTime()} FROM json_each(${JSON.stringify(hashes)})`),
  ]);
}

export type FactorLevel = "sign-in" | "publish";

export async function putLevel(
  database: D1Database,
  userId: string,
  level: FactorLevel,
  audit: AuditNote,
  at: Date,
): Promise<void> {
  const db = drizzle(database);
  await db.batch([
    auditInsert(db, audit),
    db
      .insert(factorLevels)
      .values({ userId, level, changedAt: at })
      .onConflictDoUpdate({ target: factorLevels.userId, set: { level, changedAt: at } }),
  ]);
}

/** How many recovery codes are left, and the level; null for an account that has chosen none. */
export async function codesAndLevel(
  database: D1Database,
  userId: string,
): Promise<{ codes: number; level: FactorLevel | null }> {
  const [row] = await drizzle(database).all<{ codes: number; level: FactorLevel | null }>(sql`SELECT
    (SELECT count(*) FROM recovery_codes WHERE user_id = ${userId}) AS codes,
    (SELECT level FROM factor_levels WHERE user_id = ${userId}) AS level`);
  return row ?? { codes: 0, level: null };
}
