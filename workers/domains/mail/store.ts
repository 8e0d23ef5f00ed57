import { and, desc, eq, inArray, isNotNull, lt, ne, lte, or, type SQL, sql } from "drizzle-orm";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { users } from "../auth/tables.ts";
import { outbox } from "./tables.ts";

export interface OutboxRecord {
  readonly id: string;
  readonly recipient: string;
  readonly subject: string;
  readonly text: string;
  readonly state: "waiting" | "sent" | "kept" | "failed";
  readonly attempts: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** What a mail says, and how long that stays true in milliseconds: after that it is not sent any more. */
export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly lifetime: number;
}

/**
 * The statement that posts a letter in the batch of the change that it tells of: to the confirmed address of the account,
 * if it has one, where `onlyIf` holds when the statement runs. `deliverMails` sends it.
 */
export function letterInsert(
  db: DrizzleD1Database<Record<string, never>>,
  { userId, letter, at }: { readonly userId: string; readonly letter: Letter; readonly at: Date },
  onlyIf: SQL = sql`TRUE`,
) {
  const now = at.getTime();
  return db.insert(outbox).select(
    sql`SELECT ${crypto.randomUUID()}, id, email, ${letter.subject}, ${letter.text}, 'waiting', 0, ${now}, ${now},
      ${now + letter.lifetime} FROM users
      WHERE id = ${userId} AND email IS NOT NULL AND email_verified_at IS NOT NULL AND ${onlyIf}`,
  );
}

/**
 * Takes mails that are due for one try, counts the try and puts the next one off: a sender that dies, or a second one,
 * finds them again only then.
 */
export async function takeDueMails(
  database: D1Database,
  now: Date,
  limit: number,
  backoff: number,
): Promise<OutboxRecord[]> {
  const db = drizzle(database);
  const due = db
    .select({ id: outbox.id })
    .from(outbox)
    .where(and(eq(outbox.state, "waiting"), lte(outbox.dueAt, now)))
    .orderBy(outbox.dueAt)
    .limit(limit);
  return db
    .update(outbox)
    .set({
      attempts: sql`${outbox.attempts} + 1`,
      dueAt: sql`${now.getTime()} + (${backoff} << min(${outbox.attempts}, 10))`,
    })
    .where(and(inArray(outbox.id, due), eq(outbox.state, "waiting")))
    .returning();
}

/** Records how a try ended for good. What is not kept for the operator is forgotten. */
export async function settleMail(database: D1Database, id: string, state: "sent" | "kept" | "failed"): Promise<void> {
  await drizzle(database)
    .update(outbox)
    .set(state === "kept" ? { state } : { state, text: "" })
    .where(eq(outbox.id, id));
}

/** Newest mails first, beyond the one that `before` names. */
export async function outboxPage(
  database: D1Database,
  before: { at: Date; id: string } | undefined,
  limit: number,
): Promise<(OutboxRecord & { handle: string })[]> {
  const rows = await drizzle(database)
    .select({ mail: outbox, handle: users.handle })
    .from(outbox)
    .innerJoin(users, eq(users.id, outbox.userId))
    .where(
      before && or(lt(outbox.createdAt, before.at), and(eq(outbox.createdAt, before.at), lt(outbox.id, before.id))),
    )
    .orderBy(desc(outbox.createdAt), desc(outbox.id))
    .limit(limit);
  return rows.map(({ mail, handle }) => ({ ...mail, handle }));
}

/**
 * Forgets mails made before `old`, those to people whose account is gone before `gone`, and the text of those that were
 * kept and are no longer true.
 */
export async function pruneOutbox(database: D1Database, now: Date, old: Date, gone: Date): Promise<void> {
  const db = drizzle(database);
  const deleted = db.select({ id: users.id }).from(users).where(isNotNull(users.deletedAt));
  await db.batch([
    db.delete(outbox).where(lt(outbox.createdAt, old)),
    db
      .delete(outbox)
      .where(and(ne(outbox.state, "waiting"), lt(outbox.createdAt, gone), inArray(outbox.userId, deleted))),
    db
      .update(outbox)
      .set({ text: "" })
      .where(and(eq(outbox.state, "kept"), lt(outbox.expiresAt, now))),
  ]);
}
