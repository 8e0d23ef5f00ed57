import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { makeSecret, requireUser, secretHash } from "../auth/index.ts";
import { requireRole } from "../namespaces/index.ts";
import { requireRecentFactor } from "../second-factor/index.ts";
import { deleteScimToken, findSso, insertScimToken, listScimTokens } from "./store.ts";

/** Two are needed to change one without a pause. */
const maxTokens = 10;

export interface NewScimToken {
  readonly id: string;
  readonly name: string;
  /** Shown this once. */
  readonly token: string;
}

/** Tokens of an organisation's directory, without their secrets. Needs the role owner. Errors: those of `requireRole`. */
export async function scimTokensOf(ctx: Context, handle: string) {
  const namespace = await requireRole(ctx, "orgs", handle, "owner", "admin");
  return listScimTokens(ctx.db, namespace.id);
}

/**
 * Makes a token for an organisation's directory, good under /scim/v2 and nowhere else. Needs the role owner, the scope
 * admin, and a fresh second factor where the account has one. From then on only people whom the directory knows come in.
 * Errors: those of `requireRole`, `denied` without a sign-in of its own or with too many tokens, `second_factor_required`.
 */
export async function createScimToken(ctx: Context, handle: string, name: string): Promise<NewScimToken> {
  const { userId } = requireUser(ctx.actor, "admin");
  const namespace = await requireRole(ctx, "orgs", handle, "owner", "admin");
  await requireRecentFactor(ctx);
  const token = makeSecret("scim-token");
  const row = {
    id: crypto.randomUUID(),
    namespaceId: namespace.id,
    hash: await secretHash(token),
    name,
    createdBy: userId,
    createdAt: new Date(ctx.now()),
    lastUsedAt: null,
  };
  const target = `orgs/${handle}`;
  const note = auditNote(ctx, { namespaceId: namespace.id }, "scim_token.created", target, { id: row.id, name });
  if (!(await insertScimToken(ctx.db, row, maxTokens, note))) {
    const ready = (await findSso(ctx.db, namespace.id)) !== undefined;
    throw new RegistryError(
      "denied",
      ready ? `A directory has at most ${maxTokens} tokens.` : "A directory needs the organisation's own sign-in.",
      { suggestions: [ready ? "Revoke one first." : `Set it first: gati org sso set ${handle}.`] },
    );
  }
  ctx.afterwards(sealAudit(ctx, note));
  return { id: row.id, name, token };
}

/** Revokes a token at once. Needs the role owner and the scope admin. Errors: those of `requireRole`, `name_unknown`. */
export async function revokeScimToken(ctx: Context, handle: string, id: string): Promise<void> {
  const namespace = await requireRole(ctx, "orgs", handle, "owner", "admin");
  const note = auditNote(ctx, { namespaceId: namespace.id }, "scim_token.revoked", `orgs/${handle}`, { id });
  if (!(await deleteScimToken(ctx.db, namespace.id, id, note))) {
    throw new RegistryError("name_unknown", "The organisation has no such token.", {
      suggestions: [`List them: gati org scim-token list ${handle}.`],
    });
  }
  ctx.afterwards(sealAudit(ctx, note));
}
