import type { Context } from "../../context.ts";
import { listObjects } from "./garbage.ts";

/** Deletes an object that nothing names. When the store does not answer, the collector deletes it later. */
export async function dropObject(ctx: Pick<Context, "blobs" | "db" | "now">, key: string): Promise<void> {
  try {
    await ctx.blobs.delete([key]);
  } catch {
    await listObjects(ctx.db, [key], ctx.now());
  }
}
