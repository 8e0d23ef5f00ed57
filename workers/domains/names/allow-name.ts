import { RegistryError } from "../../../core/errors.ts";
import { isHandle, isRepository } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { auditNote, registryChain, sealAudit } from "../audit/index.ts";
import { requireOperator } from "../auth/index.ts";
import { deleteAllowedName, insertAllowedName, listAllowedNames } from "./store.ts";

function parseName(text: string): string {
  if (isHandle(text) || isRepository(text)) return text;
  throw new RegistryError("name_invalid", `"${text.slice(0, 200)}" is neither a handle nor an artifact.`, {
    suggestions: ["Name a handle such as acme, or an artifact such as orgs/acme/thing."],
  });
}

/** What operators let pass. Needs an operator with the scope admin. Errors: `unauthenticated`, `denied`. */
export async function allowedNames(ctx: Context) {
  requireOperator(ctx.actor);
  return listAllowedNames(ctx.db);
}

/**
 * Lets a handle or an artifact's name pass although it looks like another one. Taken, reserved and former names stay so.
 * Needs an operator with the scope admin. Errors: `unauthenticated`, `denied`, `name_invalid`.
 */
export async function allowName(ctx: Context, text: string): Promise<string> {
  const { userId } = requireOperator(ctx.actor);
  const name = parseName(text);
  const note = auditNote(ctx, registryChain, "name.allowed", name);
  await insertAllowedName(ctx.db, { name, allowedBy: userId, allowedAt: new Date(ctx.now()) }, note);
  ctx.afterwards(sealAudit(ctx, note));
  ctx.log.info("name.allowed", { name, user: userId });
  return name;
}

/** Takes that back; what has the name by now keeps it. Errors: as `allowName`, `name_unknown` when it was not allowed. */
export async function refuseName(ctx: Context, text: string): Promise<void> {
  const { userId } = requireOperator(ctx.actor);
  const name = parseName(text);
  const note = auditNote(ctx, registryChain, "name.refused", name);
  if (!(await deleteAllowedName(ctx.db, name, note))) {
    throw new RegistryError("name_unknown", `"${name}" is not among the allowed names.`, {
      suggestions: ["List them first."],
    });
  }
  ctx.afterwards(sealAudit(ctx, note));
  ctx.log.info("name.refused", { name, user: userId });
}
