import { and, asc, eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { auditInsert, type AuditNote } from "../audit/index.ts";
import { stepUpRules } from "./tables.ts";

/** What asks for a fresh factor before something is published: a rule of the place, or the account's own level. */
export interface PublishDemand {
  readonly byRule: boolean;
  readonly byLevel: boolean;
  readonly hasFactor: boolean;
}

export async function publishDemand(
  database: D1Database,
  userId: string,
  namespaceId: string,
  artifact: string,
): Promise<PublishDemand> {
  const [row] = await drizzle(database).all<Record<"rule" | "level" | "factor", number>>(sql`SELECT
    EXISTS (SELECT 1 FROM step_up_rules WHERE namespace_id = ${namespaceId} AND artifact IN ('', ${artifact})) AS rule,
    EXISTS (SELECT 1 FROM factor_levels WHERE user_id = ${userId} AND level = 'publish') AS level,
    EXISTS (SELECT 1 FROM passkeys WHERE user_id = ${userId})
      OR EXISTS (SELECT 1 FROM totp_secrets WHERE user_id = ${userId} AND confirmed_at IS NOT NULL) AS factor`);
  return { byRule: row?.rule === 1, byLevel: row?.level === 1, hasFactor: row?.factor === 1 };
}

/** Artifacts with a rule, by name; the empty one is the namespace. */
export async function rulesOf(database: D1Database, namespaceId: string): Promise<string[]> {
  const rows = await drizzle(database)
    .select({ artifact: stepUpRules.artifact })
    .from(stepUpRules)
    .where(eq(stepUpRules.namespaceId, namespaceId))
    .orderBy(asc(stepUpRules.artifact));
  return rows.map(({ artifact }) => artifact);
}

export async function putRule(
  database: D1Database,
  rule: { namespaceId: string; artifact: string; setBy: string; setAt: Date },
  audit: AuditNote,
): Promise<void> {
  const db = drizzle(database);
  await db.batch([auditInsert(db, audit), db.insert(stepUpRules).values(rule).onConflictDoNothing()]);
}

export async function deleteRule(
  database: D1Database,
  namespaceId: string,
  artifact: string,
  audit: AuditNote,
): Promise<void> {
  const db = drizzle(database);
  const which = and(eq(stepUpRules.namespaceId, namespaceId), eq(stepUpRules.artifact, artifact));
  await db.batch([
    auditInsert(
      db,
      audit,
      sql`EXISTS (SELECT 1 FROM step_up_rules WHERE namespace_id = ${namespaceId} AND artifact = ${artifact})`,
    ),
    db.delete(stepUpRules).where(which),
  ]);
}
