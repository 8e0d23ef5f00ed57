import { eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { OrgPolicy } from "../../../core/org-policies/policy.ts";
import { auditInsert, type AuditNote } from "../audit/index.ts";
import { users } from "../auth/tables.ts";
import { confirmedFactor } from "../namespaces/index.ts";
import { orgPolicies } from "./tables.ts";

export interface StoredPolicy {
  readonly policy: OrgPolicy;
  /** Handle. */
  readonly updatedBy: string;
  readonly updatedAt: Date;
}

export async function findPolicy(database: D1Database, namespaceId: string): Promise<StoredPolicy | undefined> {
  const rows = await drizzle(database)
    .select({ policy: orgPolicies.policy, updatedBy: users.handle, updatedAt: orgPolicies.updatedAt })
    .from(orgPolicies)
    .innerJoin(users, eq(users.id, orgPolicies.updatedBy))
    .where(eq(orgPolicies.namespaceId, namespaceId));
  return rows[0];
}

export async function putPolicy(
  database: D1Database,
  row: { namespaceId: string; policy: OrgPolicy; updatedBy: string; updatedAt: Date },
  note: AuditNote,
): Promise<void> {
  const db = drizzle(database);
  const { policy, updatedBy, updatedAt } = row;
  await db.batch([
    db
      .insert(orgPolicies)
      .values(row)
      .onConflictDoUpdate({ target: orgPolicies.namespaceId, set: { policy, updatedBy, updatedAt } }),
    auditInsert(db, note),
  ]);
}

/** Returns false when there was none. */
export async function deletePolicy(database: D1Database, namespaceId: string, note: AuditNote): Promise<boolean> {
  const db = drizzle(database);
  const which = eq(orgPolicies.namespaceId, namespaceId);
  const [, gone] = await db.batch([
    auditInsert(db, note, sql`EXISTS (SELECT 1 FROM org_policies WHERE ${which})`),
    db.delete(orgPolicies).where(which).returning({ id: orgPolicies.namespaceId }),
  ]);
  return gone.length > 0;
}

/** Whether the account has a confirmed second factor. */
export async function hasSecondFactor(database: D1Database, userId: string): Promise<boolean> {
  const [row] = await drizzle(database).all<{ has: number }>(sql`SELECT ${confirmedFactor(userId)} AS has`);
  return row?.has === 1;
}
