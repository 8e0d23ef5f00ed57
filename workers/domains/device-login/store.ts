import { and, eq, gt, lte, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { Handle } from "../../../core/identifiers.ts";
import { auditInsert, type AuditNote } from "../audit/index.ts";
import type { Account } from "../auth/index.ts";
import { users } from "../auth/tables.ts";
import { deviceRequests } from "./tables.ts";

export type DeviceRequest = typeof deviceRequests.$inferSelect;

export async function insertDeviceRequest(
  database: D1Database,
  request: typeof deviceRequests.$inferInsert,
): Promise<void> {
  await drizzle(database).insert(deviceRequests).values(request);
}

/** The request that waits under this code. */
export async function findByUserCode(
  database: D1Database,
  userCode: string,
  now: Date,
): Promise<DeviceRequest | undefined> {
  const [row] = await drizzle(database)
    .select()
    .from(deviceRequests)
    .where(
      and(
        eq(deviceRequests.userCode, userCode),
        eq(deviceRequests.state, "waiting"),
        gt(deviceRequests.expiresAt, now),
      ),
    );
  return row;
}

export interface Decision {
  readonly state: "approved" | "denied";
  readonly userId: string;
  readonly signIn: string | null;
  readonly proved: string[];
}

/** Decides a request that still waits. Returns false when it does not any more: one decision counts. */
export async function decideRequest(
  database: D1Database,
  hash: string,
  decision: Decision,
  note: AuditNote,
  now: Date,
): Promise<boolean> {
  const db = drizzle(database);
  const waits = sql`EXISTS (SELECT 1 FROM device_requests d WHERE d.hash = ${hash} AND d.state = 'waiting'
    AND d.expires_at > ${now.getTime()})`;
  const [, decided] = await db.batch([
    auditInsert(db, note, waits),
    db
      .update(deviceRequests)
      .set(decision)
      .where(and(eq(deviceRequests.hash, hash), waits))
      .returning({ hash: deviceRequests.hash }),
  ]);
  return decided.length > 0;
}

/** What a client that asks is told. */
export type Asked =
  | { readonly kind: "unknown" }
  | { readonly kind: "expired" }
  /** Asked too early; the interval has grown. */
  | { readonly kind: "too-fast"; readonly interval: number }
  | { readonly kind: "waiting" }
  | { readonly kind: "denied" }
  | { readonly kind: "approved"; readonly request: DeviceRequest; readonly account: Account | undefined };

/** Notes that the client asked, and says how the request stands. An approved one is used up: of many who ask, one gets it. */
export async function askRequest(database: D1Database, hash: string, now: Date, slowDown: number): Promise<Asked> {
  const db = drizzle(database);
  const which = eq(deviceRequests.hash, hash);
  const [before] = await db.select().from(deviceRequests).where(which);
  if (!before) return { kind: "unknown" };
  if (before.expiresAt <= now) return { kind: "expired" };
  const due = (before.askedAt?.getTime() ?? 0) + before.interval * 1000;
  if (due > now.getTime()) {
    const [grown] = await db
      .update(deviceRequests)
      .set({ askedAt: now, interval: sql`${deviceRequests.interval} + ${slowDown}` })
      .where(which)
      .returning({ interval: deviceRequests.interval });
    return { kind: "too-fast", interval: grown?.interval ?? before.interval };
  }
  if (before.state === "waiting") {
    await db.update(deviceRequests).set({ askedAt: now }).where(which);
    return { kind: "waiting" };
  }
  const [taken] = await db.delete(deviceRequests).where(which).returning();
  if (!taken) return { kind: "unknown" };
  if (taken.state !== "approved") return { kind: "denied" };
  const [row] = await db
    .select({ id: users.id, handle: users.handle, operator: users.operator })
    .from(users)
    .where(and(eq(users.id, taken.userId ?? ""), sql`${users.deletedAt} IS NULL`));
  return { kind: "approved", request: taken, account: row && { ...row, handle: row.handle as Handle } };
}

export async function deleteOldRequests(database: D1Database, before: Date): Promise<void> {
  await drizzle(database).delete(deviceRequests).where(lte(deviceRequests.expiresAt, before));
}
