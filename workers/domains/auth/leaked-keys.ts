import type { Context } from "../../context.ts";
import { isApiKey } from "./api-key-format.ts";
import { apiKeyHash } from "./authenticate.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { deleteApiKey, keysOfSecrets } from "./store.ts";

/**
 * Revokes every key whose secret is shown, for secret scanners and whoever finds one: knowing the secret is the right to
 * end it. Open to everybody. Returns, in the order given, whether each opened something until now.
 */
export async function revokeLeakedKeys(ctx: Context, keys: readonly string[]): Promise<boolean[]> {
  const hashes = await Promise.all(keys.map((key) => (isApiKey(key) ? apiKeyHash(key) : undefined)));
  const shown = hashes.filter((hash) => hash !== undefined);
  const opened = shown.length > 0 ? await keysOfSecrets(ctx.db, shown, ctx.now()) : [];
  for (const { id, userId, handle } of opened) {
    const audit = auditNote(ctx, { handle }, "key.leaked", id);
    if (await deleteApiKey(ctx.db, userId, id, audit)) ctx.log.warn("auth.key_leaked", { user: userId, key: id });
    ctx.afterwards(sealAudit(ctx, audit));
  }
  const ended = new Set(opened.flatMap(({ hash, previousHash }) => [hash, previousHash]));
  return hashes.map((hash) => hash !== undefined && ended.has(hash));
}
