import { and, eq, gt, inArray, lt, lte, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { Handle } from "../../../core/identifiers.ts";
import { auditInsert, type AuditNote } from "../audit/index.ts";
import { sessions, users } from "../auth/tables.ts";
import { type Letter, letterInsert } from "../mail/index.ts";
import { type ChallengeOpening, factorChallenges, stepUpTokens } from "./tables.ts";

type Purpose = (typeof factorChallenges.$inferSelect)["purpose"];

export interface TriedChallenge {
  /** Which try this is, from 1. */
  readonly tries: number;
  readonly account: { readonly id: string; readonly handle: Handle; readonly operator: boolean };
}

/** Counts a try of a sign-in's challenge before anything is looked at. Undefined when it is not good (any more). */
export async function tryChallenge(
  database: D1Database,
  hash: string,
  most: number,
  now: Date,
): Promise<TriedChallenge | undefined> {
  const db = drizzle(database);
  const [tried] = await db
    .update(factorChallenges)
    .set({ tries: sql`${factorChallenges.tries} + 1` })
    .where(
      and(
        eq(factorChallenges.hash, hash),
        eq(factorChallenges.purpose, "sign-in"),
        gt(factorChallenges.expiresAt, now),
        lt(factorChallenges.tries, most),
      ),
    )
    .returning({ tries: factorChallenges.tries, userId: factorChallenges.userId });
  if (!tried?.userId) return undefined;
  const [account] = await db
    .select({ id: users.id, handle: users.handle, operator: users.operator })
    .from(users)
    .where(and(eq(users.id, tried.userId), sql`${users.deletedAt} IS NULL`));
  return account && { tries: tried.tries, account: { ...account, handle: account.handle as Handle } };
}

/** Whose half-done sign-in the challenge is; undefined when it is not good (any more). Counts nothing. */
export async function challengedUser(database: D1Database, hash: string, now: Date): Promise<string | undefined> {
  const [row] = await drizzle(database)
    .select({ userId: factorChallenges.userId })
    .from(factorChallenges)
    .where(
      and(
        eq(factorChallenges.hash, hash),
        eq(factorChallenges.purpose, "sign-in"),
        gt(factorChallenges.expiresAt, now),
      ),
    );
  return row?.userId ?? undefined;
}

/** Uses a challenge up; of many who do, one gets it. Undefined for the others, and for one of another purpose. */
export async function takeChallenge(
  database: D1Database,
  hash: string,
  purpose: Purpose,
  now: Date,
): Promise<{ userId: string | null; opening: ChallengeOpening | null } | undefined> {
  const [row] = await drizzle(database)
    .delete(factorChallenges)
    .where(
      and(eq(factorChallenges.hash, hash), eq(factorChallenges.purpose, purpose), gt(factorChallenges.expiresAt, now)),
    )
    .returning({ userId: factorChallenges.userId, opening: factorChallenges.opening });
  return row;
}

/** When a factor was proved last in a session. */
export async function sessionFactorAt(database: D1Database, sessionId: string): Promise<Date | null> {
  const [row] = await drizzle(database)
    .select({ factorAt: sessions.factorAt })
    .from(sessions)
    .where(eq(sessions.id, sessionId));
  return row?.factorAt ?? null;
}

/** When a session was opened. */
export async function sessionOpenedAt(database: D1Database, sessionId: string): Promise<Date | undefined> {
  const [row] = await drizzle(database)
    .select({ createdAt: sessions.createdAt })
    .from(sessions)
    .where(eq(sessions.id, sessionId));
  return row?.createdAt;
}

export interface NewStepUp {
  readonly hash: string;
  readonly userId: string;
  readonly boughtBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** Keeps a step-up token; the session that bought it counts as fresh by itself. */
export async function insertStepUp(
  database: D1Database,
  token: NewStepUp,
  sessionId: string | undefined,
  audit: AuditNote,
): Promise<void> {
  const db = drizzle(database);
  await db.batch([
    db.insert(stepUpTokens).values(token),
    db
      .update(sessions)
      .set({ factorAt: token.createdAt })
      .where(eq(sessions.id, sessionId ?? "")),
    auditInsert(db, audit),
  ]);
}

/** Forgets challenges and tokens whose time is over. Returns how many went. */
export async function deleteExpiredProofs(database: D1Database, now: Date, limit: number): Promise<number> {
  const db = drizzle(database);
  const challenges = db
    .select({ hash: factorChallenges.hash })
    .from(factorChallenges)
    .where(lte(factorChallenges.expiresAt, now))
    .limit(limit);
  const tokens = db
    .select({ hash: stepUpTokens.hash })
    .from(stepUpTokens)
    .where(lte(stepUpTokens.expiresAt, now))
    .limit(limit);
  const [first, second] = await db.batch([
    db
      .delete(factorChallenges)
      .where(inArray(factorChallenges.hash, challenges))
      .returning({ hash: factorChallenges.hash }),
    db.delete(stepUpTokens).where(inArray(stepUpTokens.hash, tokens)).returning({ hash: stepUpTokens.hash }),
  ]);
  return Math.max(first.length, second.length);
}

/** Posts a letter that no change goes with. */
export async function postLetter(
  database: D1Database,
  letter: { readonly userId: string; readonly letter: Letter; readonly at: Date },
): Promise<void> {
  await letterInsert(drizzle(database), letter);
}
