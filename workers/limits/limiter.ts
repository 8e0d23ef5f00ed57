import { LRUCache } from "lru-cache";
import { RegistryError } from "../../core/errors.ts";
import type { RateCounter } from "../objects/rate-counter/index.ts";
import { admit, type Decision, giveBack } from "./gcra.ts";
import type { Policies, PolicyName } from "./policies.ts";

/** Callers that one isolate remembers; beyond that the longest silent one is forgotten. */
const maxCallers = 50_000;

/** A decision together with the policy it was made by. */
export interface Taken extends Decision {
  readonly policy: PolicyName;
  readonly limit: number;
  /** Milliseconds. */
  readonly window: number;
}

/** Counts what callers do and says when it is too much. */
export class Limiter {
  readonly #policies: Policies;
  readonly #counters: DurableObjectNamespace<RateCounter>;
  readonly #callers = new LRUCache<string, number>({ max: maxCallers });

  constructor(policies: Policies, counters: DurableObjectNamespace<RateCounter>) {
    this.#policies = policies;
    this.#counters = counters;
  }

  /** Counts a call in this isolate. Undefined when the policy is off. */
  takeHere(policy: PolicyName, caller: string, cost = 1): Taken | undefined {
    const rate = this.#policies[policy];
    if (!rate) return undefined;
    const key = `${policy} ${caller}`;
    const { decision, workedOff } = admit(rate, this.#callers.get(key) ?? 0, Date.now(), cost);
    if (decision.allowed && cost > 0) this.#callers.set(key, workedOff);
    return { ...decision, policy, limit: rate.limit, window: rate.window };
  }

  /** Counts a call where its policy says. Undefined when the policy is off. */
  async take(policy: PolicyName, caller: string, cost = 1): Promise<Taken | undefined> {
    const rate = this.#policies[policy];
    if (rate?.counting !== "exact") return this.takeHere(policy, caller, cost);
    const decision = await this.#counter(policy, caller).take(rate, cost);
    return { ...decision, policy, limit: rate.limit, window: rate.window };
  }

  /** Takes back a call that turned out not to count. */
  async refund(policy: PolicyName, caller: string): Promise<void> {
    const rate = this.#policies[policy];
    if (!rate) return;
    if (rate.counting === "exact") return this.#counter(policy, caller).refund(rate);
    const key = `${policy} ${caller}`;
    const known = this.#callers.get(key);
    if (known !== undefined) this.#callers.set(key, giveBack(rate, known));
  }

  #counter(policy: PolicyName, caller: string): DurableObjectStub<RateCounter> {
    return this.#counters.get(this.#counters.idFromName(`${policy} ${caller}`));
  }
}

/** Throws `rate_limited`, with the seconds to wait, when the call was refused or fewer than `left` are left. */
export function assertTaken(taken: Taken | undefined, left = 0): void {
  if (!taken || (taken.allowed && taken.remaining >= left)) return;
  const seconds = Math.max(1, Math.ceil(taken.retryAfter / 1000));
  throw new RegistryError("rate_limited", `That was too much: ${taken.policy} is limited here.`, {
    details: { policy: taken.policy, limit: taken.limit, windowSeconds: taken.window / 1000, retryAfter: seconds },
    suggestions: [`Wait ${seconds} s, then repeat the call.`, "gati whoami --limits shows what is left."],
  });
}
