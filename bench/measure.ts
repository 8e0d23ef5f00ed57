import { median } from "./statistics.ts";
import { MemoryReserve } from "./memory-reserve.ts";
import { cpuSeconds } from "./processes.ts";
import { settled } from "./settle.ts";
import type { Group, Scenario } from "./scenarios/scenario.ts";
import type { Target } from "./targets/target.ts";

export interface Row {
  readonly scenario: string;
  readonly unit: Scenario["unit"];
  readonly goal: number | undefined;
  /** Median by target. */
  readonly medians: Readonly<Record<string, number>>;
  /** Every round by target, in the order in which they were measured. */
  readonly rounds: Readonly<Record<string, readonly number[]>>;
  /** Median seconds of processor time that each target's server took for a round, or for each thing of a rate. */
  readonly cpu: Readonly<Record<string, number>>;
  /** Speed of the first target as a multiple of the second one's: more is better for ours. */
  readonly speed: number | undefined;
}

export interface GroupResult {
  readonly name: string;
  readonly title: string;
  readonly targets: readonly string[];
  readonly rows: readonly Row[];
}

/**
 * Runs every scenario of a group `runs` times on every target. Rounds alternate between the targets, each of them
 * first in every other round, so that whatever else the machine does hits all alike. Round 0 warms up and is dropped.
 */
export async function measureGroup(group: Group, runs: number, progress: (line: string) => void): Promise<GroupResult> {
  const targets: Target[] = [];
  const reserve = new MemoryReserve();
  try {
    for (const start of group.targets) targets.push(await start());
    const rows: Row[] = [];
    for (const scenario of group.scenarios) {
      progress(`${group.name}: ${scenario.name}`);
      rows.push(await measureScenario(scenario, targets, runs, reserve));
    }
    return { name: group.name, title: group.title, targets: targets.map((target) => target.name), rows };
  } finally {
    await reserve.release();
    for (const target of targets) await target.stop();
  }
}

async function measureScenario(
  scenario: Scenario,
  targets: readonly Target[],
  runs: number,
  reserve: MemoryReserve,
): Promise<Row> {
  const rounds = new Map<string, number[]>(targets.map((target) => [target.name, []]));
  const cpu = new Map<string, number[]>(targets.map((target) => [target.name, []]));
  for (const target of targets) await scenario.prepare?.(target);
  for (let round = 0; round <= runs; round++) {
    for (const target of round % 2 === 0 ? targets : targets.toReversed()) {
      await scenario.setUp?.(target);
      const { value, seconds } = await settled(reserve, scenario.writes ?? 0, () => observe(scenario, target));
      if (round === 0) continue;
      rounds.get(target.name)?.push(value);
      cpu.get(target.name)?.push(seconds);
    }
  }
  const medians = mediansOf(rounds);
  const [ours, peer] = targets.map((target) => medians[target.name] ?? Number.NaN);
  return {
    scenario: scenario.name,
    unit: scenario.unit,
    goal: scenario.goal,
    medians,
    rounds: Object.fromEntries(rounds),
    cpu: mediansOf(cpu),
    speed: ours === undefined || peer === undefined ? undefined : scenario.unit === "s" ? peer / ours : ours / peer,
  };
}

const mediansOf = (values: ReadonlyMap<string, readonly number[]>): Record<string, number> =>
  Object.fromEntries([...values].map(([name, rounds]) => [name, median(rounds)]));

/** One round, and the processor time that the server took for it. */
async function observe(scenario: Scenario, target: Target): Promise<{ value: number; seconds: number }> {
  const before = cpuSeconds(target.pid);
  const start = performance.now();
  const value = await scenario.measure(target);
  const elapsed = (performance.now() - start) / 1000;
  const used = (cpuSeconds(target.pid) ?? Number.NaN) - (before ?? Number.NaN);
  return { value, seconds: scenario.unit === "s" ? used : used / (value * elapsed) };
}
