import type { Context } from "../../context.ts";
import { deleteOldDownloads } from "./store.ts";

const day = 86_400_000;
/** A year to look back on, and some more to compare it with. */
const keepDays = 400;
/** A queue keeps what it could not deliver for at most 14 days, its dead letters as long again. */
const keepBatches = 30;

/** Forgets single days that nobody can ask for any more, and batches that no queue can deliver again. */
export async function pruneDownloads({ db, now }: Pick<Context, "db" | "now">): Promise<void> {
  await deleteOldDownloads(db, {
    batchesBefore: new Date(now() - keepBatches * day),
    daysBefore: new Date(now() - keepDays * day).toISOString().slice(0, 10),
  });
}
