import { and, eq, inArray, isNull, or, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { auditInsert, type AuditNote } from "../audit/index.ts";
import { apiKeys, sessions, users } from "../auth/tables.ts";
import { outbox } from "../mail/tables.ts";
import { members, namespaces } from "../namespaces/tables.ts";
import { letterColumns, type OutgoingMail } from "./store.ts";
import { invitations } from "../invitations/tables.ts";
import { teamMembers } from "../teams/tables.ts";
import { directoryUsers } from "../directory-users/tables.ts";
import { deviceRequests } from "../device-login/tables.ts";
import { identities, signInAttempts } from "../sign-in/tables.ts";
import { publisherRules } from "../trusted-publishing/tables.ts";
import {
  factorChallenges,
  factorLevels,
  passkeys,
  recoveryCodes,
  stepUpTokens,
  totpSecrets,
} from "../second-factor/tables.ts";
import { mailTokens } from "./tables.ts";

/** Organisations that would be left without an owner. */
const orphaned = (userId: string) => sql`SELECT n.handle FROM namespaces n
  JOIN members own ON own.namespace_id = n.id AND own.user_id = ${userId} AND own.role = 'owner'
  WHERE n.kind = 'orgs' AND NOT EXISTS (
    SELECT 1 FROM members other WHERE other.namespace_id = n.id AND other.role = 'owner' AND other.user_id <> ${userId})`;

/** Handles of the organisations that the user owns alone. */
export async function soleOwnerships(database: D1Database, userId: string): Promise<string[]> {
  const rows = await drizzle(database).all<{ handle: string }>(sql`${orphaned(userId)} ORDER BY n.handle`);
  return rows.map(({ handle }) => handle);
}

export type Departure = { readonly kind: "gone"; readonly sessions: string[] } | { readonly kind: "refused" };

/**
 * Takes everything out of the account that is the person's, in one atomic batch, and leaves the row, so that the handle
 * stays taken. Refused while an organisation, or the registry, would be left to nobody.
 */
export async function removePerson(
  database: D1Database,
  person: { userId: string; handle: string },
  farewell: OutgoingMail | undefined,
  now: Date,
  audit: AuditNote,
): Promise<Departure> {
  const db = drizzle(database);
  const { userId, handle } = person;
  const leaves = sql`EXISTS (SELECT 1 FROM users u WHERE u.id = ${userId} AND u.deleted_at = ${now.getTime()})`;
  const otherOperator = sql`EXISTS (SELECT 1 FROM users other WHERE other.operator = 1 AND other.id <> ${userId})`;
  const ownNamespace = db
    .select({ id: namespaces.id })
    .from(namespaces)
    .where(and(eq(namespaces.kind, "users"), eq(namespaces.handle, handle)));
  const left = and(eq(users.id, userId), eq(users.deletedAt, now));
  const [gone, ended] = await db.batch([
    db
      .update(users)
      .set({ deletedAt: now, email: null, emailVerifiedAt: null, passwordHash: "", operator: false })
      .where(
        and(
          eq(users.id, userId),
          isNull(users.deletedAt),
          sql`NOT EXISTS (${orphaned(userId)})`,
          or(eq(users.operator, false), otherOperator),
        ),
      )
      .returning({ id: users.id }),
    db
      .update(sessions)
      .set({ revokedAt: sql`coalesce(${sessions.revokedAt}, ${now.getTime()})`, address: null, agent: null })
      .where(and(eq(sessions.userId, userId), leaves))
      .returning({ id: sessions.id }),
    auditInsert(db, audit, leaves),
    db.delete(apiKeys).where(and(eq(apiKeys.userId, userId), leaves)),
    db.delete(mailTokens).where(and(eq(mailTokens.userId, userId), leaves)),
    ...[totpSecrets, passkeys, recoveryCodes, factorLevels, factorChallenges, stepUpTokens].map((table) =>
      db.delete(table).where(and(eq(table.userId, userId), leaves)),
    ),
    db.delete(identities).where(and(eq(identities.userId, userId), leaves)),
    db.delete(signInAttempts).where(and(eq(signInAttempts.linkTo, userId), leaves)),
    db.delete(deviceRequests).where(and(eq(deviceRequests.userId, userId), leaves)),
    // Nobody goes on publishing under the name of somebody who left.
    db
      .update(directoryUsers)
      .set({ userId: null })
      .where(and(eq(directoryUsers.userId, userId), leaves)),
    db.delete(members).where(and(or(eq(members.userId, userId), inArray(members.namespaceId, ownNamespace)), leaves)),
    db.delete(teamMembers).where(and(eq(teamMembers.userId, userId), leaves)),
    db.delete(invitations).where(and(or(eq(invitations.userId, userId), eq(invitations.invitedBy, userId)), leaves)),
    db.delete(publisherRules).where(and(inArray(publisherRules.namespaceId, ownNamespace), leaves)),
    db.delete(outbox).where(and(eq(outbox.userId, userId), leaves)),
    ...(farewell ? [db.insert(outbox).select(db.select(letterColumns(farewell, now)).from(users).where(left))] : []),
  ]);
  return gone.length > 0 ? { kind: "gone", sessions: ended.map(({ id }) => id) } : { kind: "refused" };
}
