import { LRUCache, type Perf } from "lru-cache";
import type { NamespacePath, Repository } from "../../core/identifiers.ts";
import { ChangeLog } from "./change-log.ts";
import { within } from "./within.ts";

/** How long an answer may outlive a change that was made elsewhere, in milliseconds. */
export const freshness = 2_000;
/** How long a look-up that somebody else began is waited for, in milliseconds: its request may have been cut off. */
const patience = 1_000;
const maxEntries = 20_000;
/** Manifests are the only sizeable entries. A Worker has 128 MB for everything. */
const maxBytes = 16 * 1024 * 1024;
/** What an entry costs beside its bytes. */
const overhead = 512;
/** Look-ups that go on at once; beyond it those that were cut off are cleared away. */
const maxFlights = 1_000;

/** An answer that may be remembered: it says whether strangers may have it, and how much memory it holds. */
export interface Rememberable {
  readonly isPublic: boolean;
  readonly bytes?: number;
}

export interface Question {
  readonly repository: Repository;
  /** What is asked about the repository. One key always has answers of one type. */
  readonly key: string;
  /** Keeps the look-up alive when whoever asked first goes away: others may be waiting for it. */
  afterwards(work: Promise<unknown>): void;
}

/** A look-up that goes on. */
interface Flight {
  /** Undefined when it failed. */
  readonly answer: Promise<Rememberable | undefined>;
  /** Changes that there had been when it began. */
  readonly since: number;
  /** When it began. */
  readonly start: number;
}

/**
 * What strangers may read, remembered inside this isolate for at most two seconds, so that a popular artifact costs one
 * look-up per isolate and interval instead of one per request. Private things never come in. A change that is made
 * through this isolate takes effect in it at once; elsewhere the two seconds are the bound, counted from when the
 * look-up began.
 */
export class PublicReads {
  readonly #clock: Perf;
  readonly #entries: LRUCache<string, Rememberable>;
  /** Which keys are remembered of which repository. */
  readonly #keys = new Map<Repository, Set<string>>();
  readonly #flights = new Map<string, Flight>();
  /** Repositories whose last answer was not for everybody: there is nothing to gain by waiting for one another. */
  readonly #unshared: LRUCache<Repository, true>;
  readonly #changes = new ChangeLog();

  /** @param clock milliseconds that only grow */
  constructor(clock: Perf = performance) {
    this.#clock = clock;
    const options = {
      ttl: freshness,
      perf: clock,
      // Otherwise the time is remembered until a timer runs, and the timer goes with the request that set it.
      ttlResolution: 0,
      // Many entries age together; each is checked when it is asked for, not by a timer.
      ttlAutopurge: false,
    };
    this.#unshared = new LRUCache({ ...options, max: maxFlights });
    this.#entries = new LRUCache({
      ...options,
      max: maxEntries,
      maxSize: maxBytes,
      sizeCalculation: (entry) => (entry.bytes ?? 0) + overhead,
      dispose: (_, full, reason) => {
        if (reason !== "set") this.#unlist(full);
      },
    });
  }

  /**
   * Answers from memory, or looks up. Of many who ask at once one looks up and the others wait: they get its answer if
   * everybody may have it, whoever found it. Anything else (private, failed, late) each finds out with their own rights.
   */
  async through<T extends Rememberable>(question: Question, load: () => Promise<T>): Promise<T> {
    const full = `${question.repository} ${question.key}`;
    // Those whose wait was too long come back at the same time: they gather around the next look-up, once.
    for (let waits = 0; waits <= 2; waits++) {
      const known = this.#entries.get(full);
      if (known) return known as T;
      const flight = waits < 2 ? this.#joinable(question.repository, full) : undefined;
      const shared = flight && (await within(flight.answer, patience));
      if (shared === "late") continue;
      if (shared?.isPublic) return shared as T;
      break;
    }
    return this.#look(question, full, load);
  }

  /** Called with every change: forgets one repository, all of a namespace, or everything. */
  forget(changed?: Repository | NamespacePath): void {
    this.#changes.add(changed);
    if (changed === undefined) return this.#entries.clear();
    const isNamespace = changed.split("/").length === 2;
    const repositories = isNamespace
      ? [...this.#keys.keys()].filter((repository) => repository.startsWith(`${changed}/`))
      : [changed as Repository];
    for (const repository of repositories)
      for (const full of this.#keys.get(repository) ?? []) this.#entries.delete(full);
  }

  #look<T extends Rememberable>(
    { repository, afterwards }: Question,
    full: string,
    load: () => Promise<T>,
  ): Promise<T> {
    const since = this.#changes.now;
    const start = this.#clock.now();
    const loading = load();
    const answer = loading
      .then((value) => {
        this.#remember(repository, full, flight, value);
        return value;
      })
      .catch(() => undefined)
      .finally(() => {
        if (this.#flights.get(full) === flight) this.#flights.delete(full);
      });
    const flight = { answer, since, start };
    this.#flights.set(full, flight);
    if (this.#flights.size > maxFlights) this.#clearLost();
    afterwards(answer);
    return loading;
  }

  #remember(repository: Repository, full: string, { since, start }: Flight, value: Rememberable): void {
    if (!value.isPublic) return void this.#unshared.set(repository, true);
    // What was read before a change must not be remembered after it.
    if (this.#changes.touched(repository, since)) return;
    this.#entries.set(full, value, { start });
    if (!this.#entries.has(full)) return;
    const keys = this.#keys.get(repository);
    if (keys) keys.add(full);
    else this.#keys.set(repository, new Set([full]));
  }

  /** A look-up that whoever asks now may wait for: begun lately, and after every change so far. */
  #joinable(repository: Repository, full: string): Flight | undefined {
    const flight = this.#flights.get(full);
    if (!flight || this.#unshared.has(repository)) return undefined;
    const fresh = this.#clock.now() - flight.start < patience && !this.#changes.touched(repository, flight.since);
    return fresh ? flight : undefined;
  }

  #unlist(full: string): void {
    const repository = full.slice(0, full.indexOf(" ")) as Repository;
    const keys = this.#keys.get(repository);
    keys?.delete(full);
    if (keys?.size === 0) this.#keys.delete(repository);
  }

  #clearLost(): void {
    const lost = this.#clock.now() - freshness;
    for (const [full, { start }] of this.#flights) if (start < lost) this.#flights.delete(full);
  }
}
