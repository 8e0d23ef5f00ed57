/** Access tokens of an ended session work at most so long where the end is not known yet, in milliseconds. */
export const revocationBound = 60_000;
/** From this age on the list is read again beside the request; an isolate in use never lets a reader wait for it. */
const refreshAfter = 30_000;
/** More sessions than this do not end within the life of an access token; if they do, each token is looked up. */
const most = 5_000;

export interface RevocationSource {
  now(): number;
  /** Ids of sessions that ended within the life of an access token, at most `limit` of them. */
  ended(limit: number): Promise<string[]>;
  /** True while this session is good, at this moment. */
  isGood(id: string): Promise<boolean>;
  afterwards(work: Promise<unknown>): void;
}

/**
 * Sessions that ended lately, as one isolate remembers them. Only these can have access tokens that are still valid by
 * their signature, so one short list answers for all sessions, and a read costs no look-up of its own.
 */
export class RevokedSessions {
  #ended: ReadonlySet<string> = new Set();
  readonly #here = new Map<string, number>();
  #readAt = Number.NEGATIVE_INFINITY;
  #reading = false;
  #tooMany = false;

  /** Ends a session in this isolate at once. */
  add(id: string, now: number): void {
    this.#here.set(id, now);
  }

  /** True when the session ended more than `revocationBound` ago, here, or (with `exact`) at all. */
  async includes(id: string, source: RevocationSource, exact: boolean): Promise<boolean> {
    if (this.#here.has(id)) return true;
    if (exact) return !(await source.isGood(id));
    const age = source.now() - this.#readAt;
    if (age >= revocationBound) await this.#read(source);
    else if (age >= refreshAfter && !this.#reading) {
      this.#reading = true;
      source.afterwards(this.#read(source).finally(() => (this.#reading = false)));
    }
    if (this.#tooMany) return !(await source.isGood(id));
    return this.#ended.has(id);
  }

  async #read(source: RevocationSource): Promise<void> {
    // The age counts from before the look-up: what ends while it runs may not be in its answer.
    const begun = source.now();
    const ended = await source.ended(most + 1);
    if (begun < this.#readAt) return;
    this.#readAt = begun;
    this.#ended = new Set(ended);
    this.#tooMany = ended.length > most;
    // What ended here is in every list that was asked for after it did.
    for (const [id, at] of this.#here) if (at < begun) this.#here.delete(id);
  }
}
