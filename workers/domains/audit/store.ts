import { asc, eq, inArray, type SQL, sql } from "drizzle-orm";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import type { AuditRecord } from "../../../core/audit/entry.ts";
import type { AuditChain, AuditNote } from "./note.ts";
import { auditOutbox } from "./tables.ts";

/** A query that gives the id of a namespace. */
export type IdQuery = SQL;

type Database = DrizzleD1Database<Record<string, never>>;

const chainOf = (chain: AuditChain): SQL =>
  "handle" in chain ? sql`(SELECT id FROM namespaces WHERE handle = ${chain.handle})` : sql`${chain.namespaceId}`;

/**
 * The statement that puts a note into the batch of its change. With `onlyIf`, a condition, the row is written only where that holds
 * when the statement runs: give it what decides the change, in the order in which the batch sees it.
 */
export function auditInsert(db: Database, { chain, record }: AuditNote, onlyIf: SQL = sql`TRUE`) {
  return db.insert(auditOutbox).select(sql`SELECT NULL, ${chainOf(chain)}, ${JSON.stringify(record)} WHERE ${onlyIf}`);
}

/** Writes a note by itself. */
export async function insertRecord(database: D1Database, note: AuditNote): Promise<void> {
  await auditInsert(drizzle(database), note);
}

export interface WaitingRecord {
  readonly number: number;
  readonly chain: string;
  readonly record: AuditRecord;
}

/** What waits for its place in a chain, first committed first. */
export async function waitingRecords(database: D1Database, chain: AuditChain, limit: number): Promise<WaitingRecord[]> {
  return drizzle(database)
    .select()
    .from(auditOutbox)
    .where(sql`${auditOutbox.chain} = ${chainOf(chain)}`)
    .orderBy(asc(auditOutbox.number))
    .limit(limit);
}

/** Chains for which something waits, at most `limit`. */
export async function waitingChains(database: D1Database, limit: number): Promise<string[]> {
  const rows = await drizzle(database).selectDistinct({ chain: auditOutbox.chain }).from(auditOutbox).limit(limit);
  return rows.map(({ chain }) => chain);
}

export async function forgetRecords(database: D1Database, numbers: readonly number[]): Promise<void> {
  await drizzle(database)
    .delete(auditOutbox)
    .where(numbers.length === 1 ? eq(auditOutbox.number, numbers[0] ?? 0) : inArray(auditOutbox.number, [...numbers]));
}
