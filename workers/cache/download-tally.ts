import type { Digest } from "../../core/digests.ts";
import type { Repository } from "../../core/identifiers.ts";

const dayLength = 86_400_000;
/** Counts of one batch: with the longest names and digests their message stays below a queue's 128 KB. */
const maxCounts = 200;
/** Batches that wait for the queue to take them again. Beyond that the oldest is given up, so that memory is bounded. */
const maxWaiting = 50;
/** How long whoever took a batch may need to send it, in milliseconds. Longer than a Worker lives after its answer. */
const patience = 60_000;
/** How long a batch that was sent may be on its way, in milliseconds, on a machine that loses its queue when it stops. */
const underWay = 60_000;

/** Downloads of one manifest on one day. */
export interface DownloadCount {
  readonly repository: Repository;
  readonly digest: Digest;
  /** UTC, `2026-10-20`. */
  readonly day: string;
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly lastPulledAt: number;
}

/** Counts that are added together. The id stays with them however often they are sent, so that they are added once. */
export interface DownloadBatch {
  readonly id: string;
  readonly counts: readonly DownloadCount[];
}

interface Counter {
  readonly repository: Repository;
  readonly digest: Digest;
  readonly day: number;
  count: number;
  lastPulledAt: number;
}

interface Waiting {
  readonly batch: DownloadBatch;
  /** Until then somebody is sending it. */
  takenUntil: number;
}

/**
 * Downloads that this isolate has served and not reported yet. Counting one is a look-up in memory; what was counted
 * leaves in batches. A batch stays here until it is known to be sent.
 */
export class DownloadTally {
  /** Milliseconds for which downloads are collected before they are sent. */
  readonly window: number;
  readonly #remembersSent: boolean;
  #open = new Map<string, Counter>();
  #waiting: Waiting[] = [];
  #sent: { batch: DownloadBatch; at: number }[] = [];
  /** Until then a request has promised to send. A promise that was lost with its request is made up for afterwards. */
  #promisedUntil = 0;
  #dropped = 0;

  constructor(options: { window?: number; remembersSent?: boolean } = {}) {
    this.window = options.window ?? 3_000;
    this.#remembersSent = options.remembersSent ?? false;
  }

  /**
   * Counts one download. Returns in how many milliseconds the caller has to see to it that what is here is sent;
   * undefined when somebody else does.
   */
  add(repository: Repository, digest: Digest, now: number): number | undefined {
    const day = Math.floor(now / dayLength);
    const key = `${repository} ${digest} ${day}`;
    const known = this.#open.get(key);
    if (known) {
      known.count += 1;
      known.lastPulledAt = now;
    } else {
      this.#open.set(key, { repository, digest, day, count: 1, lastPulledAt: now });
    }
    if (this.#open.size >= maxCounts) {
      this.#close();
      return 0;
    }
    if (now < this.#promisedUntil) return undefined;
    this.#promisedUntil = now + 2 * this.window;
    return this.window;
  }

  /** The next batch to send, for the caller alone; undefined when there is none. Ends with `sent` or `failed`. */
  next(now: number): DownloadBatch | undefined {
    const free = () => this.#waiting.find((waiting) => waiting.takenUntil <= now);
    if (!free()) {
      this.#promisedUntil = 0;
      this.#close();
    }
    const found = free();
    if (found) found.takenUntil = now + patience;
    return found?.batch;
  }

  sent(batch: DownloadBatch, now: number): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting.batch !== batch);
    if (!this.#remembersSent) return;
    this.#sent = this.#sent.filter((sent) => sent.at > now - underWay);
    this.#sent.push({ batch, at: now });
  }

  /** The batch was not sent, or nobody knows: it stays for the next try. */
  failed(batch: DownloadBatch): void {
    for (const waiting of this.#waiting) if (waiting.batch === batch) waiting.takenUntil = 0;
  }

  /** Everything that may not have arrived, for a machine that stops: also what is in its queue. Nothing stays here. */
  takeAll(): DownloadBatch[] {
    this.#close();
    const all = [...this.#sent, ...this.#waiting].map(({ batch }) => batch);
    this.#sent = [];
    this.#waiting = [];
    return all;
  }

  /** How many downloads were given up since the last call because too much was waiting. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  #close(): void {
    if (this.#open.size === 0) return;
    const counts = [...this.#open.values()].map(({ day, ...counter }) => ({
      ...counter,
      day: new Date(day * dayLength).toISOString().slice(0, 10),
    }));
    this.#open = new Map();
    this.#waiting.push({ batch: { id: crypto.randomUUID(), counts }, takenUntil: 0 });
    if (this.#waiting.length <= maxWaiting) return;
    const oldest = this.#waiting.shift();
    for (const { count } of oldest?.batch.counts ?? []) this.#dropped += count;
  }
}
