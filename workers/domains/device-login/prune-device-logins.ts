import type { Context } from "../../context.ts";
import { deleteOldRequests } from "./store.ts";

/** A client that comes late is told so for a while, in milliseconds. */
const remembered = 60 * 60 * 1000;

/** Forgets devices that nobody let in. */
export async function pruneDeviceLogins(ctx: Pick<Context, "db" | "now">): Promise<void> {
  await deleteOldRequests(ctx.db, new Date(ctx.now() - remembered));
}
