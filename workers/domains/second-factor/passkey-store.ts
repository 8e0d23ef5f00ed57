import { and, asc, eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { auditInsert, type AuditNote } from "../audit/index.ts";
import { type Arrival, type Arrived, arrivalStatements, departureStatements, tell, type Telling } from "./store.ts";
import { passkeys } from "./tables.ts";

export interface PasskeyRecord {
  readonly id: string;
  readonly userId: string;
  readonly credentialId: string;
  readonly publicKey: string;
  readonly counter: number;
  readonly transports: string[];
  readonly synced: boolean;
  readonly name: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

/** The account's passkeys, oldest first. */
export async function listPasskeys(database: D1Database, userId: string): Promise<PasskeyRecord[]> {
  return drizzle(database).select().from(passkeys).where(eq(passkeys.userId, userId)).orderBy(asc(passkeys.createdAt));
}

export async function findPasskey(database: D1Database, credentialId: string): Promise<PasskeyRecord | undefined> {
  return (await drizzle(database).select().from(passkeys).where(eq(passkeys.credentialId, credentialId)))[0];
}

/** Adds a passkey, unless somebody has it or the account has `most`. Undefined then. */
export async function insertPasskey(
  database: D1Database,
  passkey: PasskeyRecord,
  most: number,
  arrival: Arrival,
  telling: Telling,
): Promise<Arrived | undefined> {
  const db = drizzle(database);
  const { userId, credentialId } = passkey;
  const when = sql`NOT EXISTS (SELECT 1 FROM passkeys p WHERE p.credential_id = ${credentialId})
    AND (SELECT count(*) FROM passkeys p WHERE p.user_id = ${userId}) < ${most}`;
  const added = sql`SELECT ${passkey.id}, ${userId}, ${credentialId}, ${passkey.publicKey}, ${passkey.counter},
    ${JSON.stringify(passkey.transports)}, ${passkey.synced ? 1 : 0}, ${passkey.name}, ${passkey.createdAt.getTime()}, NULL
    WHERE ${when}`;
  const [, , codes, ended, , inserted] = await db.batch([
    ...tell(db, telling, when),
    ...arrivalStatements(db, telling, arrival, when),
    db.insert(passkeys).select(added).returning({ id: passkeys.id }),
  ]);
  if (inserted.length === 0) return undefined;
  return { gotCodes: codes.length > 0, ended: ended.map(({ id }) => id) };
}

const own = (userId: string, id: string) => and(eq(passkeys.userId, userId), eq(passkeys.id, id));
const isThere = (userId: string, id: string) =>
  sql`EXISTS (SELECT 1 FROM passkeys p WHERE p.user_id = ${userId} AND p.id = ${id})`;

/** Undefined when the account has no such passkey. */
export async function renamePasskey(
  database: D1Database,
  userId: string,
  id: string,
  name: string,
  audit: AuditNote,
): Promise<PasskeyRecord | undefined> {
  const db = drizzle(database);
  const [, renamed] = await db.batch([
    auditInsert(db, audit, isThere(userId, id)),
    db.update(passkeys).set({ name }).where(own(userId, id)).returning(),
  ]);
  return renamed[0];
}

/** False when the account has no such passkey. */
export async function removePasskey(database: D1Database, id: string, telling: Telling): Promise<boolean> {
  const db = drizzle(database);
  const { userId } = telling;
  const [, , gone] = await db.batch([
    ...tell(db, telling, isThere(userId, id)),
    db.delete(passkeys).where(own(userId, id)).returning({ id: passkeys.id }),
    ...departureStatements(db, userId),
  ]);
  return gone.length > 0;
}

/** Records a use. False when the passkey was used or removed since it was read: its counter stands elsewhere. */
export async function usePasskey(
  database: D1Database,
  { id, counter }: Pick<PasskeyRecord, "id" | "counter">,
  newCounter: number,
  at: Date,
): Promise<boolean> {
  const rows = await drizzle(database)
    .update(passkeys)
    .set({ counter: newCounter, lastUsedAt: at })
    .where(and(eq(passkeys.id, id), eq(passkeys.counter, counter)))
    .returning({ id: passkeys.id });
  return rows.length > 0;
}
