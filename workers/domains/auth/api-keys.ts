import { RegistryError } from "../../../core/errors.ts";
import { parseNamespacePath, parseRepository } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import type { Scope } from "./actor.ts";
import { generateApiKey } from "./api-key-format.ts";
import { apiKeyHash } from "./authenticate.ts";
import { parseNetwork } from "./networks.ts";
import { requireScope, requireUser } from "./require-user.ts";
import { type ApiKeyRecord, deleteApiKey, insertApiKey, listApiKeys, renameApiKey, rotateApiKey } from "./store.ts";

const day = 24 * 60 * 60 * 1000;

export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresInDays?: number | undefined;
  /** Namespaces (`users/x`) and artifacts (`users/x/name`), which need not exist yet. Absent: no restriction. */
  readonly reach?: readonly string[] | undefined;
  /** CIDR networks and addresses. Absent: no restriction. */
  readonly networks?: readonly string[] | undefined;
}

function parsePlace(text: string): string {
  return text.split("/").length < 3 ? parseNamespacePath(text).namespace : parseRepository(text).repository;
}

const parsedOnce = (texts: readonly string[] | undefined, parse: (text: string) => string) =>
  texts ? [...new Set(texts.map(parse))] : null;

const unknownKey = () =>
  new RegistryError("name_unknown", "You have no API key with this id.", {
    suggestions: ["List your keys with `gati token list` or GET /api/v1/auth/keys."],
  });

/**
 * Makes a key for the caller and returns it this one time. Needs the scope `admin`, not narrowed.
 * Errors: `name_invalid`, `invalid_request`.
 */
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
    reach: parsedOnce(input.reach, parsePlace),
    networks: parsedOnce(input.networks, parseNetwork),
  };
  await insertApiKey(ctx.db, { ...record, userId: user.userId, hash: await apiKeyHash(key) });
  ctx.log.info("auth.key_created", { user: user.userId, key: record.id });
  return { ...record, lastUsedAt: null, generation: 0, previousUntil: null, key };
}

/** The caller's keys, newest first, without their secrets. */
export async function ownApiKeys(ctx: Context): Promise<ApiKeyRecord[]> {
  return listApiKeys(ctx.db, requireUser(ctx.actor, "read").userId);
}

/** Gives a key of the caller another name. Needs the scope `admin`, not narrowed. Errors: `name_unknown`. */
export async function renameOwnKey(ctx: Context, id: string, name: string): Promise<ApiKeyRecord> {
  const { userId } = requireUser(ctx.actor, "admin");
  const renamed = await renameApiKey(ctx.db, userId, id, name);
  if (!renamed) throw unknownKey();
  return renamed;
}

/**
 * Gives a key of the caller a new secret and returns it this one time. The old secret, and the tokens that it bought,
 * are good for `graceSeconds` more: 0 ends them at once. The secret before that ends in any case. Needs the scope `admin`,
 * not narrowed. Errors: `name_unknown`.
 */
export async function rotateOwnKey(
  ctx: Context,
  id: string,
  graceSeconds: number,
): Promise<ApiKeyRecord & { key: string }> {
  const { userId } = requireUser(ctx.actor, "admin");
  const key = generateApiKey();
  const previousUntil = new Date(ctx.now() + graceSeconds * 1000);
  const rotated = await rotateApiKey(ctx.db, userId, id, { hash: await apiKeyHash(key), previousUntil });
  if (!rotated) throw unknownKey();
  ctx.log.info("auth.key_rotated", { user: userId, key: id, graceSeconds });
  return { ...rotated, key };
}

/**
 * Revokes a key of the caller at once. A key may always revoke itself; another one needs the scope `admin`, not narrowed.
 * Errors: `name_unknown` when the caller has no such key.
 */
export async function revokeApiKey(ctx: Context, id: string): Promise<void> {
  const user = requireScope(ctx.actor, "read");
  const itself = user.credential.kind === "api-key" && user.credential.id === id;
  if (!itself) requireUser(ctx.actor, "admin");
  if (!(await deleteApiKey(ctx.db, user.userId, id))) throw unknownKey();
  ctx.log.info("auth.key_revoked", { user: user.userId, key: id });
}
