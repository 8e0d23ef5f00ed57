import { createHash, randomFillSync } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A blob in files, whole and in chunks. Fresh random bytes every time: no registry has seen them. */
export interface SampleBlob {
  readonly digest: string;
  readonly size: number;
  readonly file: string;
  readonly chunks: readonly { readonly file: string; readonly start: number; readonly end: number }[];
}

const chunkSize = 10_000_000;

export interface BlobFolder {
  /** Writes a new blob over the one before. */
  fresh(size: number): Promise<SampleBlob>;
  remove(): Promise<void>;
}

/** Where the clients' files are: in memory where the system has such a folder, because reading them is not measured. */
export async function makeBlobFolder(): Promise<BlobFolder> {
  const folder = await mkdtemp(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "gati-bench-blobs-"));
  let buffer = Buffer.alloc(0);
  return {
    async fresh(size) {
      // One buffer and the same files again: the bench's own hunger for memory would be timed with the pushes.
      if (buffer.byteLength !== size) buffer = Buffer.allocUnsafeSlow(size);
      randomFillSync(buffer);
      const file = join(folder, "blob");
      await writeFile(file, buffer);
      const chunks = [];
      for (let start = 0; start < size; start += chunkSize) {
        const chunk = buffer.subarray(start, start + chunkSize);
        const path = join(folder, `chunk-${start}`);
        await writeFile(path, chunk);
        chunks.push({ file: path, start, end: start + chunk.length - 1 });
      }
      return { digest: `sha256:${createHash("sha256").update(buffer).digest("hex")}`, size, file, chunks };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
