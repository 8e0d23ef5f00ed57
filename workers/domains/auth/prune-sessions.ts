import type { Context } from "../../context.ts";
import { deleteEndedSessions } from "./session-store.ts";

/** An ended session is remembered for so long: its access tokens are refused by its row. Milliseconds. */
const remembered = 24 * 60 * 60 * 1000;
const page = 500;
const pages = 20;

/** Forgets sessions that ended a day ago, by hand or by time. */
export async function pruneSessions(ctx: Pick<Context, "db" | "now">): Promise<void> {
  for (let i = 0; i < pages; i++) {
    if ((await deleteEndedSessions(ctx.db, new Date(ctx.now() - remembered), page)) < page) return;
  }
}
