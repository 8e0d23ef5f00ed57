import { fillRegistry } from "./fill.ts";
import type { Operation } from "./operation.ts";
import type { Cost } from "./protocol.ts";
import { pushes } from "./pushes.ts";
import { reads } from "./reads.ts";
import { startMeteredRegistry } from "./registry.ts";
import { GrowingRepository } from "./setting.ts";

/** What one operation costs with so many versions in its repository; the last is with a full registry beside it. */
export interface OperationCost {
  readonly name: string;
  readonly costs: readonly Cost[];
}

export interface Growth {
  /** What was there for each of the costs, in words. */
  readonly stages: readonly string[];
  readonly operations: readonly OperationCost[];
}

/**
 * Counts what every operation costs while a repository grows to each of `sizes`, and then with `registry` versions of
 * other artifacts beside it (0: none). Nothing here is timed, so the figures are the same on every machine.
 */
export async function measureGrowth(sizes: readonly number[], registry: number): Promise<Growth> {
  const metered = await startMeteredRegistry();
  const operations: readonly Operation[] = [...pushes, ...reads];
  const costs = operations.map((): Cost[] => []);
  const stages: string[] = [];
  try {
    const repository = await GrowingRepository.create(metered);
    const measure = async (stage: string): Promise<void> => {
      // What only the first call of its kind does, such as noting that a key was used, is none of a stage's.
      if (stages.length === 0) for (const operation of operations) await repository.costOf(operation);
      stages.push(stage);
      for (const [i, operation] of operations.entries()) costs[i]?.push(await repository.costOf(operation));
    };
    for (const size of sizes) {
      await repository.growTo(size);
      await measure(`${size} versions`);
    }
    if (registry > 0) {
      await fillRegistry(metered, registry);
      await measure(`and ${registry} elsewhere`);
    }
  } finally {
    await metered.stop();
  }
  return { stages, operations: operations.map(({ name }, i) => ({ name, costs: costs[i] ?? [] })) };
}
