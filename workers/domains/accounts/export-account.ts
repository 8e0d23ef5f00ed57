import type { Context } from "../../context.ts";
import { listApiKeys, listSessions, memberships } from "../auth/index.ts";
import { factorsOf } from "../second-factor/index.ts";
import { teamsOf } from "../teams/index.ts";
import { callersAccount } from "./confirm-password.ts";
import { publishedBy } from "./store.ts";

/** The caller's account as they see it. Needs the scope `admin`. */
export async function readAccount(ctx: Context) {
  const { account } = await callersAccount(ctx);
  const { id, handle, operator, email, emailVerifiedAt, createdAt, passwordHash } = account;
  return {
    id,
    handle: handle as string,
    operator,
    email,
    emailConfirmedAt: emailVerifiedAt?.toISOString() ?? null,
    hasPassword: passwordHash !== "",
    createdAt: createdAt.toISOString(),
  };
}

/** Everything that the registry keeps about the caller, without secrets. Needs the scope `admin`. */
export async function exportAccount(ctx: Context) {
  const account = await readAccount(ctx);
  const now = new Date(ctx.now());
  const [namespaces, teams, keys, sessions, factors, published] = await Promise.all([
    memberships(ctx.db, account.id),
    teamsOf(ctx.db, account.id),
    listApiKeys(ctx.db, account.id),
    listSessions(ctx.db, account.id, now),
    factorsOf(ctx, account.id),
    publishedBy(ctx.db, account.handle as Parameters<typeof publishedBy>[1]),
  ]);
  return {
    exportedAt: now.toISOString(),
    account,
    namespaces,
    teams,
    keys: keys.map(({ id, name, scopes, createdAt, expiresAt, lastUsedAt }) => ({
      id,
      name,
      scopes: [...scopes],
      createdAt: createdAt.toISOString(),
      expiresAt: expiresAt?.toISOString() ?? null,
      lastUsedAt: lastUsedAt?.toISOString() ?? null,
    })),
    sessions: sessions.map(({ id, createdAt, lastUsedAt, expiresAt, address, agent }) => ({
      id,
      createdAt: createdAt.toISOString(),
      lastUsedAt: lastUsedAt.toISOString(),
      expiresAt: expiresAt.toISOString(),
      address,
      agent,
    })),
    secondFactor: {
      level: factors.level,
      appSince: factors.appSince?.toISOString() ?? null,
      passkeys: factors.passkeys.map(({ name, createdAt, lastUsedAt }) => ({
        name,
        createdAt: createdAt.toISOString(),
        lastUsedAt: lastUsedAt?.toISOString() ?? null,
      })),
      recoveryCodesLeft: factors.recoveryCodesLeft,
    },
    published: published.map(({ publishedAt, ...one }) => ({ ...one, publishedAt: publishedAt.toISOString() })),
  };
}
