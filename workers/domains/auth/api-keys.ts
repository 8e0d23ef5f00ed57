import { parseNamespacePath, parseRepository } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { requireRecentFactor } from "../second-factor/index.ts";
import { type Actor, hasScope, type Scope, type User } from "./actor.ts";
import { generateApiKey } from "./api-key-format.ts";
import { apiKeyHash } from "./authenticate.ts";
import { parseNetwork } from "./networks.ts";
import { unknownKey } from "./own-keys.ts";
import { requireUser } from "./require-user.ts";
import { type ApiKeyRecord, insertApiKey, listApiKeys, renameApiKey, rotateApiKey } from "./store.ts";

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

/**
 * Who may make a key with these scopes: a session or key with `admin`; and the session of a device, with the scopes that a
 * person let it in with, one that may do no more. A narrow key makes none, or a leaked one could outlive itself.
 */
function keyMaker(actor: Actor, scopes: readonly Scope[]): User {
  const isSession = actor.kind === "user" && actor.credential.kind === "session";
  if (!isSession || scopes.some((scope) => !hasScope(actor, scope))) return requireUser(actor, "admin");
  return requireUser(actor, "read");
}

/**
 * Makes a key for the caller and returns it this one time. Needs the scope `admin`, not narrowed, or the session of a
 * device that holds these scopes; for a key with that
 * scope a fresh factor too, where the account has one.
 * Errors: `name_invalid`, `invalid_request`, `second_factor_required`.
 */
export async function createApiKey(ctx: Context, input: NewApiKey): Promise<ApiKeyRecord & { key: string }> {
  const user = keyMaker(ctx.actor, input.scopes);
  if (input.scopes.includes("admin")) await requireRecentFactor(ctx);
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
    signIn: user.signIn ?? null,
  };
  const { name, scopes, reach, networks } = record;
  const details = { name, scopes, reach, networks, expiresAt: record.expiresAt?.getTime() ?? null };
  const audit = auditNote(ctx, { handle: user.handle }, "key.created", record.id, details);
  await insertApiKey(ctx.db, { ...record, userId: user.userId, hash: await apiKeyHash(key) }, audit);
  ctx.afterwards(sealAudit(ctx, audit));
  ctx.log.info("auth.key_created", { user: user.userId, key: record.id });
  return { ...record, lastUsedAt: null, generation: 0, previousUntil: null, key };
}

/** Gives a key of the caller another name. Needs the scope `admin`, not narrowed. Errors: `name_unknown`. */
export async function renameOwnKey(ctx: Context, id: string, name: string): Promise<ApiKeyRecord> {
  const { userId, handle } = requireUser(ctx.actor, "admin");
  const audit = auditNote(ctx, { handle }, "key.renamed", id, { name });
  const renamed = await renameApiKey(ctx.db, userId, id, name, audit);
  if (!renamed) throw unknownKey();
  ctx.afterwards(sealAudit(ctx, audit));
  return renamed;
}

/**
 * Gives a key of the caller a new secret and returns it this one time. The old secret, and the tokens that it bought,
 * are good for `graceSeconds` more: 0 ends them at once. The secret before that ends in any case. Needs what making such a
 * key needs. Errors: `name_unknown`, `second_factor_required`.
 */
export async function rotateOwnKey(
  ctx: Context,
  id: string,
  graceSeconds: number,
): Promise<ApiKeyRecord & { key: string }> {
  const { userId, handle } = requireUser(ctx.actor, "admin");
  const known = (await listApiKeys(ctx.db, userId)).find((one) => one.id === id);
  if (known?.scopes.includes("admin")) await requireRecentFactor(ctx);
  const key = generateApiKey();
  const previousUntil = new Date(ctx.now() + graceSeconds * 1000);
  const audit = auditNote(ctx, { handle }, "key.rotated", id, { graceSeconds });
  const rotated = await rotateApiKey(ctx.db, userId, id, { hash: await apiKeyHash(key), previousUntil }, audit);
  if (!rotated) throw unknownKey();
  ctx.afterwards(sealAudit(ctx, audit));
  ctx.log.info("auth.key_rotated", { user: userId, key: id, graceSeconds });
  return { ...rotated, key };
}
