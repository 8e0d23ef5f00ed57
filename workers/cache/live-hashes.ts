import { LRUCache } from "lru-cache";
import type { DigestAlgorithm } from "../../core/digests.ts";
import type { Hasher } from "../storage/hashing.ts";

/** Uploads that go on at once here: far more than one machine serves. A hash holds a few hundred bytes. */
const maxUploads = 1_000;

interface Entry {
  readonly offset: number;
  readonly algorithm: DigestAlgorithm;
  readonly hasher: Hasher;
}

/**
 * Native hashes of uploads under way, kept in this isolate from one chunk to the next. A hash is handed out once and
 * comes back only with the offset that its bytes were committed at, so it always stands for exactly what is stored; one
 * that is lost (a restart, a failed chunk, another isolate) is made up for by reading the segments back at the end.
 */
export class LiveHashes {
  readonly #entries = new LRUCache<string, Entry>({ max: maxUploads });

  take(upload: string, offset: number, algorithm: DigestAlgorithm): Hasher | undefined {
    const entry = this.#entries.get(upload);
    this.#entries.delete(upload);
    return entry?.offset === offset && entry.algorithm === algorithm ? entry.hasher : undefined;
  }

  keep(upload: string, offset: number, algorithm: DigestAlgorithm, hasher: Hasher): void {
    this.#entries.set(upload, { offset, algorithm, hasher });
  }
}
