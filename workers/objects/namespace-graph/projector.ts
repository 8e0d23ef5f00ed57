import { RegistryError } from "../../../core/errors.ts";
import { applyEvents, appliedSeq, clearProjection } from "../../domains/artifacts/projection.ts";
import type { GraphState } from "./state.ts";

/** Events of one D1 batch: many small ones travel together, and a batch stays far below D1's limits. */
const batchSize = 20;

/**
 * Brings D1 up to date with a graph's log, strictly in order and each event exactly once. One batch is under way at a
 * time; events that are appended meanwhile go with the next, so a burst of commands costs few round trips.
 */
export class Projector {
  readonly #state: GraphState;
  readonly #database: D1Database;
  readonly #namespaceId: string;
  #running: Promise<void> | undefined;

  constructor(state: GraphState, database: D1Database, namespaceId: string) {
    this.#state = state;
    this.#database = database;
    this.#namespaceId = namespaceId;
  }

  /** Resolves when D1 has everything up to `seq`. Errors: `unavailable`; the log keeps what was not applied. */
  async catchUp(seq: number): Promise<void> {
    while (this.#state.appliedSeq < seq) {
      this.#running ??= this.#step().finally(() => {
        this.#running = undefined;
      });
      await this.#running;
    }
  }

  /**
   * Removes what D1 shows of the namespace; `catchUp` then makes it again from the first event on, and commands that come
   * meanwhile wait for their own event. `begun` is called in the turn in which that is decided.
   * Errors: `unavailable`; then everything goes on from where D1 says that it stands.
   */
  async clear(begun: () => void): Promise<void> {
    while (this.#running) await this.#running.catch(() => undefined);
    // Saved before D1 is asked: whatever becomes of its answer, the log will be compared with D1 again.
    this.#state.appliedSeq = 0;
    begun();
    const { artifactIds } = this.#state;
    this.#running = clearProjection(this.#database, this.#namespaceId, artifactIds, this.#state.lastSeq())
      .catch((cause: unknown) => {
        throw new RegistryError("unavailable", "The database did not take the rebuild.", {
          cause,
          suggestions: ["Repeat the call; nothing is half done."],
        });
      })
      .finally(() => {
        this.#running = undefined;
      });
    await this.#running;
  }

  async #step(): Promise<void> {
    const from = this.#state.appliedSeq;
    const events = this.#state.eventsAfter(from, batchSize);
    const last = events.at(-1);
    if (!last) return;
    try {
      await applyEvents(this.#database, this.#namespaceId, from, events);
      this.#state.appliedSeq = last.seq;
    } catch (cause) {
      await this.#resume(from, cause);
    }
  }

  /**
   * D1's own count decides where to go on: the batch may have arrived although its answer was lost, and a database that
   * was restored from a backup stands further back.
   */
  async #resume(from: number, cause: unknown): Promise<void> {
    const actual = await appliedSeq(this.#database, this.#namespaceId).catch(() => from);
    if (actual !== from) {
      this.#state.appliedSeq = actual;
      return;
    }
    throw new RegistryError("unavailable", "The change is saved but not yet visible everywhere.", {
      cause,
      suggestions: ["Repeat the call; it does no harm, and the registry keeps trying by itself."],
    });
  }
}
