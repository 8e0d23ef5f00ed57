import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import type { Scope } from "./actor.ts";
import { generateApiKey } from "./api-key-format.ts";
import { apiKeyHash } from "./authenticate.ts";
import { requireUser } from "./require-user.ts";
import { type ApiKeyRecord, deleteApiKey, insertApiKey, listApiKeys } from "./store.ts";

const day = 24 * 60 * 60 * 1000;

export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresInDays?: number | undefined;
}

/** Makes a key for the caller and returns it this one time. Needs the scope `admin`. */
export async function createApiKey(ctx: Context, input: NewApiKey): Promise<ApiKeyRecord & { key: string }> {
  const user = requireUser(ctx.actor, "admin");
  const key = generateApiKey();
  const now = ctx.now();
  const record = {
    id: crypto.randomUUID(),
    name: input.name,
    scopes: [...input.scopes],
    createdAt: new Date(now),
    expiresAt: input.expiresInDays === undefined ? null : new Date(now + input.expiresInDays * day),
  };
  await insertApiKey(ctx.db, { ...record, userId: user.userId, hash: await apiKeyHash(key) });
  ctx.log.info("auth.key_created", { user: user.userId, key: record.id });
  return { ...record, lastUsedAt: null, key };
}

/** The caller's keys, newest first, without their secrets. */
export async function ownApiKeys(ctx: Context): Promise<ApiKeyRecord[]> {
  return listApiKeys(ctx.db, requireUser(ctx.actor, "read").userId);
}

/**
 * Revokes a key of the caller at once. A key may always revoke itself; another one needs the scope `admin`.
 * Errors: `name_unknown` when the caller has no such key.
 */
export async function revokeApiKey(ctx: Context, id: string): Promise<void> {
  const user = requireUser(ctx.actor, "read");
  const itself = user.credential.kind === "api-key" && user.credential.id === id;
  if (!itself) requireUser(ctx.actor, "admin");
  if (!(await deleteApiKey(ctx.db, user.userId, id))) {
    throw new RegistryError("name_unknown", "You have no API key with this id.", {
      suggestions: ["List your keys with GET /api/v1/auth/keys."],
    });
  }
  ctx.log.info("auth.key_revoked", { user: user.userId, key: id });
}
