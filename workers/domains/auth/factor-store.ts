import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { factorChallenges } from "../second-factor/tables.ts";

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
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export async function insertFactorChallenge(database: D1Database, challenge: NewFactorChallenge): Promise<void> {
  await drizzle(database).insert(factorChallenges).values(challenge);
}
