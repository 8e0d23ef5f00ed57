import { readdir } from "node:fs/promises";
import { join } from "node:path";

/**
 * Objects in a one-machine server's data folder that belong to one upload, or to all. The disk service writes beside
 * them under names that begin with a dot, and renames what is whole.
 */
export async function storedFiles(data: string, upload = ""): Promise<string[]> {
  const folder = join(data, "objects");
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((file) => file.includes(upload))
    .toSorted();
}

export const uploadOf = (location: string): string => /[0-9a-f-]{36}/.exec(location)?.[0] ?? "no upload";
