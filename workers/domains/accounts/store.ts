import { and, eq, gt, isNotNull, isNull, lte, sql } from "drizzle-orm";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import type { Handle } from "../../../core/identifiers.ts";
import { auditInsert, type AuditNote } from "../audit/index.ts";
import { artifacts, versions } from "../artifacts/tables.ts";
import { insertUser, type NewUser } from "../auth/index.ts";
import { sessions, users } from "../auth/tables.ts";
import { outboxRow } from "../mail/index.ts";
import type { Letter } from "../mail/index.ts";
import { outbox } from "../mail/tables.ts";
import { handleClaim } from "../names/index.ts";
import { identities } from "../sign-in/tables.ts";
import { mailTokens } from "./tables.ts";

/** A letter with its recipient. */
export interface OutgoingMail {
  readonly userId: string;
  readonly to: string;
  readonly letter: Letter;
}

export interface NewMailToken {
  readonly hash: string;
  readonly userId: string;
  readonly purpose: "verify-email" | "reset-password";
  readonly email: string;
}

type Database = DrizzleD1Database<Record<string, never>>;

const rowOf = ({ userId, to, letter }: OutgoingMail, now: Date) => outboxRow({ userId, to, ...letter }, now);

/** The token and the letter that takes it to its owner; an older token for the same purpose goes. */
function tokenStatements(db: Database, token: NewMailToken, mail: OutgoingMail, now: Date) {
  const { userId, purpose } = token;
  return [
    db.delete(mailTokens).where(and(eq(mailTokens.userId, userId), eq(mailTokens.purpose, purpose))),
    db
      .insert(mailTokens)
      .values({ ...token, createdAt: now, expiresAt: new Date(now.getTime() + mail.letter.lifetime) }),
    db.insert(outbox).values(rowOf(mail, now)),
  ] as const;
}

/** A letter as the columns of a query, for letters that go out only when something else is there. */
export function letterColumns(mail: OutgoingMail, now: Date) {
  const row = rowOf(mail, now);
  return {
    id: sql`${row.id}`.as("id"),
    userId: sql`${row.userId}`.as("user_id"),
    recipient: sql`${row.recipient}`.as("recipient"),
    subject: sql`${row.subject}`.as("subject"),
    text: sql`${row.text}`.as("text"),
    state: sql`${row.state}`.as("state"),
    attempts: sql`${row.attempts}`.as("attempts"),
    createdAt: sql`${row.createdAt.getTime()}`.as("created_at"),
    dueAt: sql`${row.dueAt.getTime()}`.as("due_at"),
    expiresAt: sql`${row.expiresAt.getTime()}`.as("expires_at"),
  };
}

const mailWithToken = (db: Database, hash: string, mail: OutgoingMail, now: Date) =>
  db.insert(outbox).select(db.select(letterColumns(mail, now)).from(mailTokens).where(eq(mailTokens.hash, hash)));

const tokenIsThere = (hash: string) => sql`EXISTS (SELECT 1 FROM mail_tokens used WHERE used.hash = ${hash})`;

/** Uses a token up, with all others of its user: what was sent to an old address or before a new password is void. */
const useUp = (db: Database, hash: string, userId: string) =>
  db
    .delete(mailTokens)
    .where(and(eq(mailTokens.userId, userId), tokenIsThere(hash)))
    .returning({ hash: mailTokens.hash });

/** What comes with a new account. */
export interface AccountBeginnings {
  /** The letter that asks to confirm the address. */
  readonly confirm?: { token: NewMailToken; mail: OutgoingMail } | undefined;
  /** The identity that opens it. Fails with a UNIQUE constraint of `identities` when it opens another one. */
  readonly link?: typeof identities.$inferInsert | undefined;
  /** An address that somebody trusted has verified. */
  readonly confirmed?: string | undefined;
  readonly audit: AuditNote;
}

/** Adds an account with what comes with it. Fails as `insertUser` does. */
export async function insertAccount(
  database: D1Database,
  user: NewUser,
  { confirm, link, confirmed, audit }: AccountBeginnings,
): Promise<void> {
  const db = drizzle(database);
  await insertUser(database, user, [
    handleClaim(db, user.handle),
    ...(confirm ? tokenStatements(db, confirm.token, confirm.mail, user.at) : []),
    ...(link ? [db.insert(identities).values(link)] : []),
    ...(confirmed === undefined
      ? []
      : [db.update(users).set({ email: confirmed, emailVerifiedAt: user.at }).where(eq(users.id, user.id))]),
    auditInsert(db, audit),
  ]);
}

export async function insertMailToken(
  database: D1Database,
  token: NewMailToken,
  mail: OutgoingMail,
  now: Date,
): Promise<void> {
  const db = drizzle(database);
  await db.batch(tokenStatements(db, token, mail, now));
}

export interface FoundMailToken {
  readonly userId: string;
  readonly handle: Handle;
  /** Where the token was sent. */
  readonly email: string;
  /** The address of the account as it is, when it is confirmed. */
  readonly confirmed: string | null;
}

/** A token that can be used now, and whose it is. */
export async function findMailToken(
  database: D1Database,
  purpose: NewMailToken["purpose"],
  hash: string,
  now: Date,
): Promise<FoundMailToken | undefined> {
  const [row] = await drizzle(database)
    .select({
      userId: mailTokens.userId,
      handle: users.handle,
      email: mailTokens.email,
      current: users.email,
      verifiedAt: users.emailVerifiedAt,
    })
    .from(mailTokens)
    .innerJoin(users, eq(users.id, mailTokens.userId))
    .where(
      and(
        eq(mailTokens.hash, hash),
        eq(mailTokens.purpose, purpose),
        gt(mailTokens.expiresAt, now),
        isNull(users.deletedAt),
      ),
    );
  if (!row) return undefined;
  const { userId, email } = row;
  return { userId, email, handle: row.handle as Handle, confirmed: row.verifiedAt === null ? null : row.current };
}

/** Makes the token's address the account's. Returns false when the token was used meanwhile. */
export async function confirmAddress(
  database: D1Database,
  hash: string,
  { userId, email }: FoundMailToken,
  notice: OutgoingMail | undefined,
  now: Date,
  audit: AuditNote,
): Promise<boolean> {
  const db = drizzle(database);
  const change = db
    .update(users)
    .set({ email, emailVerifiedAt: now })
    .where(and(eq(users.id, userId), tokenIsThere(hash)));
  const used = useUp(db, hash, userId);
  const told = auditInsert(db, audit, tokenIsThere(hash));
  const gone = notice
    ? (await db.batch([change, told, mailWithToken(db, hash, notice, now), used]))[3]
    : (await db.batch([change, told, used]))[2];
  return gone.some((one) => one.hash === hash);
}

/**
 * Sets the password by a token and ends all sessions. Returns the ids of the ended ones; undefined when the token was
 * used meanwhile.
 */
export async function resetPasswordWithToken(
  database: D1Database,
  hash: string,
  passwordHash: string,
  notice: OutgoingMail,
  now: Date,
  audit: AuditNote,
): Promise<string[] | undefined> {
  const db = drizzle(database);
  const { userId } = notice;
  const [, ended, , , gone] = await db.batch([
    db
      .update(users)
      .set({ passwordHash })
      .where(and(eq(users.id, userId), tokenIsThere(hash))),
    db
      .update(sessions)
      .set({ revokedAt: now })
      .where(and(eq(sessions.userId, userId), isNull(sessions.revokedAt), tokenIsThere(hash)))
      .returning({ id: sessions.id }),
    mailWithToken(db, hash, notice, now),
    auditInsert(db, audit, tokenIsThere(hash)),
    useUp(db, hash, userId),
  ]);
  return gone.some((one) => one.hash === hash) ? ended.map(({ id }) => id) : undefined;
}

/**
 * Replaces the password and ends all sessions but one. Returns the ids of the ended ones; undefined when the password
 * is not `known` any more.
 */
export async function replacePassword(
  database: D1Database,
  change: { userId: string; known: string; passwordHash: string; except: string | undefined },
  notice: OutgoingMail | undefined,
  now: Date,
  audit: AuditNote,
): Promise<string[] | undefined> {
  const { userId, known, passwordHash, except } = change;
  const db = drizzle(database);
  const changed = sql`EXISTS (SELECT 1 FROM users u WHERE u.id = ${userId} AND u.password_hash = ${passwordHash})`;
  const [updated, ended] = await db.batch([
    db
      .update(users)
      .set({ passwordHash })
      .where(and(eq(users.id, userId), eq(users.passwordHash, known), isNull(users.deletedAt)))
      .returning({ id: users.id }),
    db
      .update(sessions)
      .set({ revokedAt: now })
      .where(
        and(eq(sessions.userId, userId), isNull(sessions.revokedAt), sql`${sessions.id} <> ${except ?? ""}`, changed),
      )
      .returning({ id: sessions.id }),
    db.delete(mailTokens).where(and(eq(mailTokens.userId, userId), changed)),
    auditInsert(db, audit, changed),
    ...(notice ? [db.insert(outbox).values(rowOf(notice, now))] : []),
  ]);
  return updated.length > 0 ? ended.map(({ id }) => id) : undefined;
}

export interface AccountRecord {
  readonly id: string;
  readonly handle: Handle;
  readonly operator: boolean;
  readonly email: string | null;
  readonly emailVerifiedAt: Date | null;
  readonly passwordHash: string;
  readonly createdAt: Date;
}

export async function findAccount(database: D1Database, userId: string): Promise<AccountRecord | undefined> {
  const [row] = await drizzle(database)
    .select()
    .from(users)
    .where(and(eq(users.id, userId), isNull(users.deletedAt)));
  return row && { ...row, handle: row.handle as Handle };
}

export interface ResetTarget {
  readonly id: string;
  readonly handle: Handle;
  readonly email: string;
}

/** Accounts with a confirmed address that a handle or an address (in lower case) names, at most `limit`. */
export async function resetTargets(database: D1Database, named: string, limit: number): Promise<ResetTarget[]> {
  const which = named.includes("@") ? sql`lower(${users.email}) = ${named}` : eq(users.handle, named);
  const rows = await drizzle(database)
    .select({ id: users.id, handle: users.handle, email: users.email })
    .from(users)
    .where(and(which, isNotNull(users.emailVerifiedAt), isNull(users.deletedAt)))
    .limit(limit);
  return rows.flatMap(({ id, handle, email }) => (email === null ? [] : [{ id, handle: handle as Handle, email }]));
}

/** Versions that the person published, wherever, oldest first. */
export async function publishedBy(
  database: D1Database,
  handle: Handle,
): Promise<{ repository: string; version: string; digest: string; publishedAt: Date }[]> {
  return drizzle(database)
    .select({
      repository: artifacts.repository,
      version: versions.version,
      digest: versions.digest,
      publishedAt: versions.publishedAt,
    })
    .from(versions)
    .innerJoin(artifacts, eq(artifacts.id, versions.artifactId))
    .where(eq(versions.publishedBy, handle))
    .orderBy(versions.publishedAt);
}

export async function deleteExpiredTokens(database: D1Database, now: Date): Promise<void> {
  await drizzle(database).delete(mailTokens).where(lte(mailTokens.expiresAt, now));
}
