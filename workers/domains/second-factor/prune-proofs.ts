import type { Context } from "../../context.ts";
import { deleteExpiredProofs } from "./proof-store.ts";

const page = 500;
const pages = 20;

/** Forgets half-done sign-ins, ceremonies and step-up tokens whose time is over. */
export async function pruneProofs(ctx: Pick<Context, "db" | "now">): Promise<void> {
  for (let i = 0; i < pages; i++) {
    if ((await deleteExpiredProofs(ctx.db, new Date(ctx.now()), page)) < page) return;
  }
}
