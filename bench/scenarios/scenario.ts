import type { Target } from "../targets/target.ts";

/** Something done to every target of a group, measured the same way. */
export interface Scenario {
  readonly name: string;
  /** "s": seconds, less is better. "/s": how many per second, more is better. */
  readonly unit: "s" | "/s";
  /** How many times the peer's speed is asked for; undefined where nothing is. */
  readonly goal?: number;
  /** Bytes that a round writes: so much memory has to be at hand (see memory-reserve.ts). */
  readonly writes?: number;
  /** Makes what the measurement needs, once for each target, untimed. */
  prepare?(target: Target): Promise<void>;
  /** Makes what one round needs, untimed and before the machine settles. */
  setUp?(target: Target): Promise<void>;
  /** One measured round, in the scenario's unit. */
  measure(target: Target): Promise<number>;
}

/** Scenarios that run against the same targets, which are started for them and stopped afterwards. */
export interface Group {
  readonly name: string;
  readonly title: string;
  /** Ours first, then the one that it is measured against. */
  readonly targets: readonly (() => Promise<Target>)[];
  readonly scenarios: readonly Scenario[];
}
