import { and, desc, eq, gt, isNull, lt, ne, or, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { Handle } from "../../../core/identifiers.ts";
import { auditInsert, type AuditNote } from "../audit/index.ts";
import { namespaces } from "../namespaces/tables.ts";
import { sessions, spentRefreshTokens, users } from "./tables.ts";

export interface SessionRecord {
  readonly id: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  readonly expiresAt: Date;
  readonly address: string | null;
  readonly agent: string | null;
}

export interface NewSession extends SessionRecord {
  readonly userId: string;
  readonly refreshHash: string;
  readonly factorAt?: Date | undefined;
  readonly scopes: string[];
  readonly proved: string[];
  readonly signIn: string | null;
}

const alive = (now: Date) => and(isNull(sessions.revokedAt), gt(sessions.expiresAt, now));

const sessionColumns = {
  id: sessions.id,
  userId: sessions.userId,
  expiresAt: sessions.expiresAt,
  scopes: sessions.scopes,
  proved: sessions.proved,
  signIn: sessions.signIn,
};

/** Adds a session. Beyond `most` of one user the longest unused ones end. */
export async function insertSession(
  database: D1Database,
  session: NewSession,
  most: number,
  audit: AuditNote,
): Promise<void> {
  const db = drizzle(database);
  const at = session.createdAt;
  const surplus = sql`(SELECT id FROM sessions WHERE user_id = ${session.userId} AND revoked_at IS NULL
    ORDER BY last_used_at DESC, id LIMIT -1 OFFSET ${most})`;
  await db.batch([
    db.insert(sessions).values(session),
    db
      .update(sessions)
      .set({ revokedAt: at })
      .where(sql`${sessions.id} IN ${surplus}`),
    auditInsert(db, audit),
  ]);
}

/** Id of the namespace of the user whose sessions these are. */
const ownNamespace = (which: SQL) => sql`(SELECT ${namespaces.id} FROM ${namespaces}
  JOIN ${users} ON ${users.handle} = ${namespaces.handle} JOIN ${sessions} ON ${sessions.userId} = ${users.id}
  WHERE ${which} LIMIT 1)`;

/** The session that a refresh token was exchanged in. */
const familyOf = (hash: string) => sql`(SELECT session_id FROM spent_refresh_tokens WHERE hash = ${hash})`;

/** Where it is written down that an old refresh token was shown again. */
export const namespaceOfFamily = (hash: string) => ownNamespace(sql`${sessions.id} IN ${familyOf(hash)}`);

/** Where it is written down that the holder of this refresh token signed out. */
export const namespaceOfHolder = (hash: string) => ownNamespace(eq(sessions.refreshHash, hash));

export interface Rotation {
  /** Hash of the token that was presented. */
  readonly presented: string;
  /** Hash of the one that takes its place. */
  readonly next: string;
  readonly now: Date;
  /** A session lives at most so long after a refresh, and at most so long altogether; milliseconds. */
  readonly idle: number;
  readonly longest: number;
  readonly address: string | null;
  readonly agent: string | null;
}

export interface RotatedSession {
  readonly id: string;
  readonly expiresAt: Date;
  readonly scopes: string[];
  readonly proved: string[];
  readonly signIn: string | null;
  readonly user: { readonly id: string; readonly handle: Handle; readonly operator: boolean };
}

export type RotationOutcome =
  | { readonly kind: "rotated"; readonly session: RotatedSession }
  /** The token was exchanged before; the session was ended now, or had ended already. */
  | { readonly kind: "reused"; readonly session: string; readonly userId: string }
  | { readonly kind: "unknown" };

/**
 * Exchanges a refresh token, in one atomic batch: of two that present the same token at once the second one finds it
 * spent, and that ends the session for both.
 */
export async function rotateSession(
  database: D1Database,
  rotation: Rotation,
  ifReused: AuditNote,
): Promise<RotationOutcome> {
  const db = drizzle(database);
  const { presented, next, now, idle, longest, address, agent } = rotation;
  const current = and(eq(sessions.refreshHash, presented), alive(now));
  const expiresAt = sql`min(${now.getTime() + idle}, ${sessions.createdAt} + ${longest})`;
  const family = familyOf(presented);
  const others = and(sql`${sessions.id} IN ${family}`, ne(sessions.refreshHash, next));
  const [, rotated, , , reused] = await db.batch([
    db
      .insert(spentRefreshTokens)
      .select(db.select({ hash: sessions.refreshHash, sessionId: sessions.id }).from(sessions).where(current)),
    db
      .update(sessions)
      .set({
        refreshHash: next,
        rotations: sql`${sessions.rotations} + 1`,
        lastUsedAt: now,
        expiresAt,
        address,
        agent,
      })
      .where(current)
      .returning(sessionColumns),
    auditInsert(
      db,
      ifReused,
      sql`EXISTS ${db
        .select({ id: sessions.id })
        .from(sessions)
        .where(and(others, isNull(sessions.revokedAt)))}`,
    ),
    db
      .update(sessions)
      .set({ revokedAt: now })
      .where(and(others, isNull(sessions.revokedAt))),
    db.select({ id: sessions.id, userId: sessions.userId }).from(sessions).where(others),
  ]);
  const [row] = rotated;
  if (row) {
    const [user] = await db
      .select({ id: users.id, handle: users.handle, operator: users.operator })
      .from(users)
      .where(and(eq(users.id, row.userId), isNull(users.deletedAt)));
    if (!user) return { kind: "unknown" };
    return {
      kind: "rotated",
      session: { ...row, user: { ...user, handle: user.handle as Handle } },
    };
  }
  const [old] = reused;
  return old ? { kind: "reused", session: old.id, userId: old.userId } : { kind: "unknown" };
}

export interface BrowserSession extends RotatedSession {
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
}

/** The session whose secret has this hash, with its user, while both are good. */
export async function findBrowserSession(
  database: D1Database,
  hash: string,
  now: Date,
): Promise<BrowserSession | undefined> {
  const [row] = await drizzle(database)
    .select({
      ...sessionColumns,
      createdAt: sessions.createdAt,
      lastUsedAt: sessions.lastUsedAt,
      handle: users.handle,
      operator: users.operator,
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(eq(sessions.refreshHash, hash), alive(now), isNull(users.deletedAt)));
  if (!row) return undefined;
  const { userId, handle, operator, ...session } = row;
  return { ...session, user: { id: userId, handle: handle as Handle, operator } };
}

/** Prolongs a session that is used. */
export async function touchSession(
  database: D1Database,
  id: string,
  use: { readonly lastUsedAt: Date; readonly expiresAt: Date },
): Promise<void> {
  await drizzle(database)
    .update(sessions)
    .set(use)
    .where(and(eq(sessions.id, id), isNull(sessions.revokedAt)));
}

/** The user's sessions that are good, last used first. */
export async function listSessions(database: D1Database, userId: string, now: Date): Promise<SessionRecord[]> {
  return drizzle(database)
    .select({
      id: sessions.id,
      createdAt: sessions.createdAt,
      lastUsedAt: sessions.lastUsedAt,
      expiresAt: sessions.expiresAt,
      address: sessions.address,
      agent: sessions.agent,
    })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), alive(now)))
    .orderBy(desc(sessions.lastUsedAt));
}

/** Which sessions end: one, all of the user, or all but one. */
export type Ending = { readonly only: string } | { readonly except: string | undefined };

/** Ends sessions of a user and returns the ids of those that were good until now. */
export async function endSessions(
  database: D1Database,
  userId: string,
  ending: Ending,
  now: Date,
  audit: AuditNote,
): Promise<string[]> {
  const which =
    "only" in ending
      ? eq(sessions.id, ending.only)
      : ending.except === undefined
        ? undefined
        : ne(sessions.id, ending.except);
  const rows = await endWhere(database, and(eq(sessions.userId, userId), alive(now), which), now, audit);
  return rows.map(({ id }) => id);
}

async function endWhere(
  database: D1Database,
  which: SQL | undefined,
  now: Date,
  audit: AuditNote,
): Promise<{ id: string }[]> {
  const db = drizzle(database);
  const [, ended] = await db.batch([
    auditInsert(db, audit, sql`EXISTS ${db.select({ id: sessions.id }).from(sessions).where(which)}`),
    db.update(sessions).set({ revokedAt: now }).where(which).returning({ id: sessions.id }),
  ]);
  return ended;
}

/** Ends the session whose newest refresh token has this hash and returns its id. */
export async function endSessionByToken(
  database: D1Database,
  hash: string,
  now: Date,
  audit: AuditNote,
): Promise<string | undefined> {
  const rows = await endWhere(database, and(eq(sessions.refreshHash, hash), isNull(sessions.revokedAt)), now, audit);
  return rows[0]?.id;
}

/** True while the session has not ended. */
export async function sessionIsGood(database: D1Database, id: string, now: Date): Promise<boolean> {
  const rows = await drizzle(database)
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.id, id), alive(now)));
  return rows.length > 0;
}

/** Ids of the sessions that were ended since then, at most `limit`. */
export async function endedSince(database: D1Database, since: Date, limit: number): Promise<string[]> {
  const rows = await drizzle(database)
    .select({ id: sessions.id })
    .from(sessions)
    .where(gt(sessions.revokedAt, since))
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** Forgets sessions that ended before then, with their spent tokens. Returns how many went. */
export async function deleteEndedSessions(database: D1Database, before: Date, limit: number): Promise<number> {
  const db = drizzle(database);
  const old = db
    .select({ id: sessions.id })
    .from(sessions)
    .where(or(lt(sessions.revokedAt, before), lt(sessions.expiresAt, before)))
    .limit(limit);
  const rows = await db
    .delete(sessions)
    .where(sql`${sessions.id} IN ${old}`)
    .returning({ id: sessions.id });
  return rows.length;
}
