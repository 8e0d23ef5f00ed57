import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

/** Nothing works for so long on one file. Milliseconds. */
export const abandonedAfterMs = 24 * 60 * 60 * 1000;

/** Begins the names of this machine's directories: the numbers of another one's processes say nothing here. */
const here = `work-${hostname().replaceAll(/[^A-Za-z0-9]/g, "_")}-`;

/** True when the name says which process of this machine made the directory, and that one has ended. */
function isOrphan(name: string): boolean {
  const pid = name.startsWith(here) ? /^\d+(?=-)/.exec(name.slice(here.length))?.[0] : undefined;
  if (pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Removes what killed processes left behind. */
async function sweep(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    // Another process may be sweeping the same directory.
    const info = await stat(path).catch(() => undefined);
    if (info && (isOrphan(name) || Date.now() - info.mtimeMs > abandonedAfterMs))
      await rm(path, { recursive: true, force: true });
  }
}

/** Runs `work` with an empty directory below the cache, which is removed afterwards. */
export async function withScratch<T>(cacheDirectory: string, work: (directory: string) => Promise<T>): Promise<T> {
  const parent = join(cacheDirectory, "tmp");
  await mkdir(parent, { recursive: true });
  await sweep(parent);
  const directory = await mkdtemp(join(parent, `${here}${process.pid}-`));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
