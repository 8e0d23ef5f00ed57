import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { MemoryReserve } from "./memory-reserve.ts";

const run = promisify(execFile);
/** Writes of a round below this need no memory made ready. */
const small = 5_000_000;

/**
 * Runs `work`, which writes `bytes`, on a quiet machine: what was written before is flushed to the disk now and not while
 * the clock runs, and the memory that the new files take is at hand.
 */
export async function settled<T>(reserve: MemoryReserve, bytes: number, work: () => Promise<T>): Promise<T> {
  if (bytes >= small) await reserve.take();
  await run("sync");
  await reserve.release();
  const result = await work();
  // At once: what was released is still with this machine, and taking it again is cheap.
  if (bytes >= small) await reserve.take();
  return result;
}
