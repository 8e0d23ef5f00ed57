import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { abandonedAfterMs } from "../settings/scratch.ts";
import { type BlobSink, type Digest, digestAlgorithm, digestFile, digestHex, fileSink } from "../sdk.ts";

/**
 * Content-addressed store, shared by all projects of a person: `blobs/<algorithm>/<two digits>/<hex>`. A file appears
 * under its final name only when whole and verified; it is hashed again before use, because a disk or a person may
 * have changed it since.
 */
export class ContentStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  path(digest: Digest): string {
    const hex = digestHex(digest);
    return join(this.#root, "blobs", digestAlgorithm(digest), hex.slice(0, 2), hex);
  }

  /** True when the content is there and intact. What is damaged is removed. */
  async verify(digest: Digest): Promise<boolean> {
    const path = this.path(digest);
    if ((await stat(path).catch(() => undefined)) === undefined) return false;
    if ((await digestFile(path, digestAlgorithm(digest))) === digest) return true;
    await rm(path, { force: true });
    return false;
  }

  /** The content, or undefined when it is not there or was damaged. For configs and manifests. */
  async read(digest: Digest): Promise<Uint8Array | undefined> {
    return (await this.verify(digest)) ? readFile(this.path(digest)) : undefined;
  }

  /** Keeps bytes whose digest the caller has verified. */
  async put(digest: Digest, bytes: Uint8Array): Promise<void> {
    const path = this.path(digest);
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomic(path, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  /** Removes what downloads that were killed left behind. */
  async sweep(): Promise<void> {
    const root = join(this.#root, "blobs");
    for (const name of await readdir(root, { recursive: true }).catch((): string[] => [])) {
      if (!name.endsWith(".partial")) continue;
      const path = join(root, name);
      const info = await stat(path).catch(() => undefined);
      if (info && Date.now() - info.mtimeMs > abandonedAfterMs) await rm(path, { force: true });
    }
  }

  /** Where a download of the content goes. */
  sink(digest: Digest): BlobSink {
    return fileSink(this.path(digest));
  }
}
