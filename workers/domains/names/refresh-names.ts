import { skeleton } from "../../../core/names/skeleton.ts";
import type { Context } from "../../context.ts";
import {
  handlesWithoutSkeleton,
  insertSkeletons,
  mostDownloaded,
  popularNamesComputedAt,
  replacePopularNames,
} from "./store.ts";

type RefreshContext = Pick<Context, "db" | "now"> & {
  readonly settings: Pick<Context["settings"], "popularDownloads">;
};

const day = 24 * 60 * 60 * 1000;
/** Popular names are few: each first push of a new artifact may look at many of them. */
const mostPopular = 1000;
const perRound = 500;

/** Computes once a day which artifacts are popular, and at once what handles look like that nobody computed yet. */
export async function refreshNames(ctx: RefreshContext): Promise<void> {
  for (;;) {
    const handles = await handlesWithoutSkeleton(ctx.db, perRound);
    if (handles.length > 0) await insertSkeletons(ctx.db, handles);
    if (handles.length < perRound) break;
  }
  const before = await popularNamesComputedAt(ctx.db);
  // A little less than a day, so that an hourly schedule does not lose an hour each time.
  if (before !== undefined && ctx.now() - before < day - 30 * 60 * 1000) return;
  await refreshPopularNames(ctx);
}

/** Computes which artifacts are popular. */
export async function refreshPopularNames(ctx: RefreshContext): Promise<void> {
  const computedAt = new Date(ctx.now());
  const found = await mostDownloaded(ctx.db, ctx.settings.popularDownloads, mostPopular);
  await replacePopularNames(
    ctx.db,
    found.map((row) => ({ ...row, skeleton: skeleton(row.name), length: row.name.length, computedAt })),
  );
}
