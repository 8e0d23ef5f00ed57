import { createHash, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A blob on disk, whole and in chunks. Fresh random bytes for every push: no registry has seen them. */
export interface SampleBlob {
  readonly digest: string;
  readonly size: number;
  readonly file: string;
  readonly chunks: readonly { readonly file: string; readonly start: number; readonly end: number }[];
}

export async function makeBlob(folder: string, size: number, chunkSize: number): Promise<SampleBlob> {
  const bytes = randomBytes(size);
  const file = join(folder, "blob");
  await writeFile(file, bytes);
  const chunks = [];
  for (let start = 0; start < size; start += chunkSize) {
    const chunk = bytes.subarray(start, start + chunkSize);
    const path = join(folder, `chunk-${start}`);
    await writeFile(path, chunk);
    chunks.push({ file: path, start, end: start + chunk.length - 1 });
  }
  return { digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`, size, file, chunks };
}
