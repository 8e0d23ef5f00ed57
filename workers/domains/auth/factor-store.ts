import { and, eq, gt, isNull, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { Handle } from "../../../core/identifiers.ts";
import { type ChallengeOpening, factorChallenges, stepUpTokens } from "../second-factor/tables.ts";
import type { User } from "./actor.ts";
import { type ApiKeyRecord, keyStands } from "./store.ts";
import { apiKeys, sessions, users } from "./tables.ts";

/** Ways to prove a second factor. */
export const factorMethodNames = ["passkey", "totp", "recovery-code"] as const;
export type FactorMethod = (typeof factorMethodNames)[number];

/** How the account can prove its second factor; empty when it has none. Recovery codes alone are none. */
export async function factorMethods(database: D1Database, userId: string): Promise<FactorMethod[]> {
  const [row] = await drizzle(database).all<Record<"passkey" | "totp" | "codes", number>>(sql`SELECT
    EXISTS (SELECT 1 FROM passkeys WHERE user_id = ${userId}) AS passkey,
    EXISTS (SELECT 1 FROM totp_secrets WHERE user_id = ${userId} AND confirmed_at IS NOT NULL) AS totp,
    EXISTS (SELECT 1 FROM recovery_codes WHERE user_id = ${userId}) AS codes`);
  if (!row?.passkey && !row?.totp) return [];
  const has = { passkey: row.passkey, totp: row.totp, "recovery-code": row.codes };
  return factorMethodNames.filter((method) => has[method] === 1);
}

export interface NewFactorChallenge {
  readonly hash: string;
  readonly purpose: "sign-in" | "passkey-sign-in" | "passkey-registration" | "step-up";
  readonly userId: string | null;
  readonly opening?: ChallengeOpening | undefined;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export async function insertFactorChallenge(database: D1Database, challenge: NewFactorChallenge): Promise<void> {
  await drizzle(database).insert(factorChallenges).values(challenge);
}

export interface FoundStepUp {
  readonly user: { readonly id: string; readonly handle: Handle; readonly operator: boolean };
  /** Of the session or key that bought it. */
  readonly id: string;
  readonly bought:
    | (Pick<ApiKeyRecord, "name" | "scopes" | "reach" | "networks"> & {
        readonly by: "api-key";
        readonly generation: number;
      })
    /** Whether it stands is asked of every session's token. */
    | { readonly by: "session"; readonly scopes: string[]; readonly proved: string[]; readonly signIn: string | null };
  readonly boughtAt: Date;
  readonly expiresAt: Date;
}

/** `api-key <id> <generation>` or `session <id>`: how a step-up token names what bought it. */
export function boughtBy({ credential, basis }: Pick<User, "credential" | "basis">): string | undefined {
  if (credential.kind === "session") return `session ${credential.id}`;
  return basis?.kind === "api-key" ? `api-key ${basis.id} ${basis.generation}` : undefined;
}

/** A step-up token that is good, with what bought it; undefined when one of the two has ended. */
export async function findStepUp(database: D1Database, hash: string, now: Date): Promise<FoundStepUp | undefined> {
  const db = drizzle(database);
  const [row] = await db
    .select({ token: stepUpTokens, handle: users.handle, operator: users.operator })
    .from(stepUpTokens)
    .innerJoin(users, eq(users.id, stepUpTokens.userId))
    .where(and(eq(stepUpTokens.hash, hash), gt(stepUpTokens.expiresAt, now), isNull(users.deletedAt)));
  if (!row) return undefined;
  const { userId, createdAt: boughtAt, expiresAt } = row.token;
  const user = { id: userId, handle: row.handle as Handle, operator: row.operator };
  const [kind, id = "", generation] = row.token.boughtBy.split(" ");
  if (kind === "session") {
    const { scopes, proved, signIn } = sessions;
    const [session] = await db
      .select({ scopes, proved, signIn })
      .from(sessions)
      .where(and(eq(sessions.id, id), eq(sessions.userId, userId)));
    return session && { user, id, bought: { by: "session", ...session }, boughtAt, expiresAt };
  }
  const basis = { id, generation: Number(generation) };
  const [key] = await db
    .select({ name: apiKeys.name, scopes: apiKeys.scopes, reach: apiKeys.reach, networks: apiKeys.networks })
    .from(apiKeys)
    .where(and(eq(apiKeys.id, id), eq(apiKeys.userId, userId), keyStands(basis, now.getTime())));
  return key && { user, id, bought: { by: "api-key", ...key, generation: basis.generation }, boughtAt, expiresAt };
}
