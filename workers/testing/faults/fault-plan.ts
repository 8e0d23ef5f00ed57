/** Before: the call never arrives. After: it takes effect, and its answer is lost. */
export type Moment = "before" | "after";

/** Decides which call to a store fails. One plan is shared by everything that a failing environment hands out. */
export class FaultPlan {
  #left = 0;
  #moment: Moment = "before";
  #failed: string | undefined;

  /** Lets the call number `k` from now on fail, once. */
  arm(k: number, moment: Moment): void {
    this.#left = k;
    this.#moment = moment;
    this.#failed = undefined;
  }

  /** Ends the fault and returns which call failed, undefined when it never came to that. */
  disarm(): string | undefined {
    this.#left = 0;
    return this.#failed;
  }

  /** Runs a call to a store, unless it is the one that fails. */
  async call<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.#left -= 1;
    if (this.#left !== 0) return work();
    this.#failed = name;
    // A stub's call returns more than a promise; the effect is all that counts here.
    if (this.#moment === "after") await work();
    throw new Error(`injected fault at /secret/path:1 in SELECT secret: ${name} (${this.#moment})`);
  }
}
