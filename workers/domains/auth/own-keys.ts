import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { requireScope, requireUser } from "./require-user.ts";
import { type ApiKeyRecord, deleteApiKey, listApiKeys } from "./store.ts";

export const unknownKey = () =>
  new RegistryError("name_unknown", "You have no API key with this id.", {
    suggestions: ["List your keys with `gati token list` or GET /api/v1/auth/keys."],
  });

/** The caller's keys, newest first, without their secrets. */
export async function ownApiKeys(ctx: Context): Promise<ApiKeyRecord[]> {
  return listApiKeys(ctx.db, requireUser(ctx.actor, "read").userId);
}

/**
 * Revokes a key of the caller at once. A key may always revoke itself; another one needs the scope `admin`, not narrowed.
 * Errors: `name_unknown` when the caller has no such key.
 */
export async function revokeApiKey(ctx: Context, id: string): Promise<void> {
  const user = requireScope(ctx.actor, "read");
  const itself = user.credential.kind === "api-key" && user.credential.id === id;
  if (!itself) requireUser(ctx.actor, "admin");
  const audit = auditNote(ctx, { handle: user.handle }, "key.revoked", id);
  if (!(await deleteApiKey(ctx.db, user.userId, id, audit))) throw unknownKey();
  ctx.afterwards(sealAudit(ctx, audit));
  ctx.log.info("auth.key_revoked", { user: user.userId, key: id });
}
