import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { requireOperator } from "../auth/index.ts";
import { type OutboxRecord, outboxPage } from "./store.ts";

const pageSize = 50;

/**
 * One page of the mails, newest first, with their text where nothing sends them. Needs an operator with the scope
 * admin. Errors: `unauthenticated`, `insufficient_scope`, `denied`, `invalid_request` for a cursor of another list.
 */
export async function readOutbox(
  ctx: Context,
  cursor: string | undefined,
): Promise<{ mails: (OutboxRecord & { handle: string })[]; next: string | null }> {
  const operator = requireOperator(ctx.actor);
  const [, at, id] = /^(\d{1,15})\.([0-9a-f-]{36})$/.exec(cursor ?? "") ?? [];
  if (cursor !== undefined && id === undefined) {
    throw new RegistryError("invalid_request", "The cursor is not one of this list.", {
      suggestions: ["Start again without a cursor."],
    });
  }
  const before = id === undefined ? undefined : { at: new Date(Number(at)), id };
  const mails = await outboxPage(ctx.db, before, pageSize);
  ctx.log.info("mail.outbox_read", { user: operator.userId, mails: mails.length });
  const last = mails.at(-1);
  const next = last && mails.length === pageSize ? `${last.createdAt.getTime()}.${last.id}` : null;
  return { mails, next };
}
