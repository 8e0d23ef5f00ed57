import { RegistryError } from "../../../core/errors.ts";
import { parseHandle } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { auditNote } from "../audit/index.ts";
import { findUser, requireOperator } from "../auth/index.ts";
import { afterChange } from "./after-change.ts";
import { factorsRemovedLetter } from "./letters.ts";
import { requireRecentFactor } from "./require-recent-factor.ts";
import { removeAllFactors } from "./store.ts";

/**
 * Takes the second factors from an account whose owner has lost them all and has shown the operator who they are. The owner is
 * told by mail. For operators, with a fresh factor where they have one.
 * Errors: those of `requireOperator`, `name_invalid`, `name_unknown`, `second_factor_required`.
 */
export async function resetFactors(ctx: Context, handleText: string): Promise<void> {
  requireOperator(ctx.actor);
  await requireRecentFactor(ctx);
  const handle = parseHandle(handleText);
  const account = await findUser(ctx.db, handle);
  const audit = auditNote(ctx, { handle }, "second_factor.reset", `users/${handle}`);
  const letter = factorsRemovedLetter({ service: ctx.settings.service, handle });
  const at = new Date(ctx.now());
  if (!account || !(await removeAllFactors(ctx.db, { userId: account.id, audit, letter, at }))) {
    throw new RegistryError("name_unknown", `There is no account ${handle} with a second factor.`, {
      suggestions: ["Check the spelling."],
    });
  }
  afterChange(ctx, audit);
}
