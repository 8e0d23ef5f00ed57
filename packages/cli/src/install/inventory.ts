import { lstat, readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { digestFile, type Digest } from "../sdk.ts";

/** What was unpacked: path with `/` to size in bytes and digest. */
export type Inventory = Readonly<Record<string, { readonly size: number; readonly digest: Digest }>>;

/** Lists every file below `directory` with its digest, sorted by path. */
export async function takeInventory(directory: string): Promise<Inventory> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(
    paths.map(async (path) => {
      const { size } = await lstat(path);
      return [relative(directory, path).split(sep).join("/"), { size, digest: await digestFile(path) }] as const;
    }),
  );
  return Object.fromEntries(files.toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

async function isIntact(path: string, expected: Inventory[string], since: number): Promise<boolean> {
  const info = await lstat(path).catch(() => undefined);
  if (!info?.isFile() || info.size !== expected.size) return false;
  // Writing to a file, renaming over it and setting its times all move its ctime.
  if (Math.max(info.ctimeMs, info.mtimeMs) <= since) return true;
  return (await digestFile(path)) === expected.digest;
}

/**
 * The files that are missing or not what was unpacked. A file is hashed only when the file system says that it was
 * touched after `since`, so that a look at what is in place costs one `stat` for each file. Files that the module or
 * its user added are nobody's business.
 *
 * @param since milliseconds, when the inventory was written
 */
export async function damagedFiles(directory: string, inventory: Inventory, since: number): Promise<string[]> {
  const checked = await Promise.all(
    Object.entries(inventory).map(async ([path, expected]) =>
      (await isIntact(join(directory, path), expected, since)) ? [] : [path],
    ),
  );
  return checked.flat();
}
