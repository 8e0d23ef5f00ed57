import { createHash } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { readJsonFile } from "../project/json-file.ts";
import { type Digest, parseRegistryUrl, type Repository } from "../sdk.ts";

/**
 * Where unfinished uploads go on, one file per registry, repository and digest: after a crash the next `publish` packs
 * the same bytes again (packing is reproducible) and finds the session of the one before.
 */
export class UploadState {
  readonly #directory: string;

  constructor(cacheDirectory: string) {
    this.#directory = join(cacheDirectory, "uploads");
  }

  #path(registry: string, repository: Repository, digest: Digest): string {
    const key = createHash("sha256").update(`${registry}\n${repository}\n${digest}`).digest("hex");
    return join(this.#directory, `${key}.json`);
  }

  /** The location to resume from. A damaged file, or a location at another registry, counts as none. */
  async find(registry: string, repository: Repository, digest: Digest): Promise<string | undefined> {
    const file = await readJsonFile(this.#path(registry, repository, digest)).catch(() => undefined);
    const location = file?.document["location"];
    return typeof location === "string" &&
      URL.canParse(location) &&
      new URL(location).origin === parseRegistryUrl(registry).origin
      ? location
      : undefined;
  }

  /** Remembers a location, or forgets it when there is nothing left to resume. */
  async keep(registry: string, repository: Repository, digest: Digest, location: string | undefined): Promise<void> {
    const path = this.#path(registry, repository, digest);
    if (location === undefined) return rm(path, { force: true });
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    // The location of an upload is as good as a permission to write to it.
    await writeFileAtomic(path, JSON.stringify({ registry, repository, digest, location }), {
      mode: 0o600,
      fsync: false,
    });
  }
}
