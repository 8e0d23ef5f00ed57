import { assertTaken, type Limiter } from "../../limits/index.ts";

/** What a try counts for: policies, and the caller under each. */
type Callers = readonly (readonly ["sign-in" | "account", string])[];

/** One try to prove an account by its password. */
export class SignInAttempt {
  readonly #limiter: Limiter;
  readonly #callers: Callers;

  private constructor(limiter: Limiter, callers: Callers) {
    this.#limiter = limiter;
    this.#callers = callers;
  }

  /**
   * Counts the try before the password is looked at, so that many at once cannot slip through, and whether or not
   * there is such an account. Errors: `rate_limited`.
   */
  static async begin(
    { limiter, address }: { readonly limiter: Limiter; readonly address: string | undefined },
    handle: string,
  ): Promise<SignInAttempt> {
    const account = handle.toLowerCase().slice(0, 100);
    // Per address first: somebody who guesses is stopped there, before they use up what the account's owner needs.
    const callers = [
      ["sign-in", `${account} ${address ?? ""}`],
      ["account", account],
    ] as const;
    for (const [policy, caller] of callers) assertTaken(await limiter.take(policy, caller));
    return new SignInAttempt(limiter, callers);
  }

  /** A right password does not count. */
  async succeeded(): Promise<void> {
    await Promise.all(this.#callers.map(([policy, caller]) => this.#limiter.refund(policy, caller)));
  }
}
