import type { Context } from "../../context.ts";
import { deleteExpiredTokens } from "./store.ts";

/** Forgets tokens of mails that are too old to be used. */
export async function pruneMailTokens(ctx: Pick<Context, "db" | "now">): Promise<void> {
  await deleteExpiredTokens(ctx.db, new Date(ctx.now()));
}
