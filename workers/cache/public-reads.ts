import { LRUCache } from "lru-cache";
import type { Repository } from "../../core/identifiers.ts";

/** How long an answer may outlive a change that was made elsewhere, in milliseconds. */
const freshness = 2_000;
const maxEntries = 20_000;
/** Manifests are the only sizeable entries. A Worker has 128 MB for everything. */
const maxBytes = 16 * 1024 * 1024;
/** What an entry costs beside its bytes. */
const overhead = 512;

/** An answer that may be remembered: it says whether strangers may have it, and how much memory it holds. */
export interface Rememberable {
  readonly isPublic: boolean;
  readonly bytes?: number;
}

/**
 * What strangers may read, remembered inside this isolate for at most two seconds, so that a popular artifact costs one
 * look-up per isolate and interval instead of one per request. Private things never come in. A change that is made
 * through this isolate takes effect in it at once; elsewhere the two seconds are the bound.
 */
export class PublicReads {
  readonly #entries = new LRUCache<string, Rememberable>({
    max: maxEntries,
    maxSize: maxBytes,
    sizeCalculation: (entry) => (entry.bytes ?? 0) + overhead,
    ttl: freshness,
    // Many entries age together; each is checked when it is asked for, not by a timer.
    ttlAutopurge: false,
  });
  /** Grows with every change: what was read before a change must not be remembered after it. */
  #generation = 0;

  /** Returns what is remembered under the key or loads it. One key always holds answers of one type. */
  async through<T extends Rememberable>(repository: Repository, key: string, load: () => Promise<T>): Promise<T> {
    const full = `${repository} ${key}`;
    const known = this.#entries.get(full);
    if (known) return known as T;
    const generation = this.#generation;
    const value = await load();
    if (value.isPublic && generation === this.#generation) this.#entries.set(full, value);
    return value;
  }

  /** Called with every change. Changes are rare beside reads, so everything is forgotten: nothing can be overlooked. */
  forget(): void {
    this.#generation += 1;
    this.#entries.clear();
  }
}
