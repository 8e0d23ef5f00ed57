import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const abandonedAfterMs = 24 * 60 * 60 * 1000;

/** Removes what killed processes left behind. */
async function sweep(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    // Another process may be sweeping the same directory.
    const info = await stat(path).catch(() => undefined);
    if (info && Date.now() - info.mtimeMs > abandonedAfterMs) await rm(path, { recursive: true, force: true });
  }
}

/** Runs `work` with an empty directory below the cache, which is removed afterwards. */
export async function withScratch<T>(cacheDirectory: string, work: (directory: string) => Promise<T>): Promise<T> {
  const parent = join(cacheDirectory, "tmp");
  await mkdir(parent, { recursive: true });
  await sweep(parent);
  const directory = await mkdtemp(join(parent, "work-"));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
