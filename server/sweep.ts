import { glob, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** How the runtime's disk service names a file while it writes it: `.<n>.<pid>.<n>.tmp` beside the real name. */
const temporaries = "**/.*.tmp";

/**
 * Removes half-written files that a killed server left in the blob folder: they have no name under which anybody could
 * read them, and nothing else would ever look at them. Files younger than `started` belong to the server that runs now.
 * Walks in the background; `stopped` ends it early. Returns how many files it removed.
 */
export async function sweepTemporaries(folder: string, started: number, stopped: () => boolean): Promise<number> {
  let removed = 0;
  for await (const name of glob(temporaries, { cwd: folder })) {
    if (stopped()) break;
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile() || found.mtimeMs >= started) continue;
    await rm(path, { force: true });
    removed += 1;
  }
  return removed;
}
