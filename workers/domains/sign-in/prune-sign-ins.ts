import type { Context } from "../../context.ts";
import { deleteOldSignIns } from "./store.ts";

/** Forgets sign-ins with providers that nobody finished in time. */
export async function pruneSignIns(ctx: Pick<Context, "db" | "now">): Promise<void> {
  await deleteOldSignIns(ctx.db, new Date(ctx.now()));
}
