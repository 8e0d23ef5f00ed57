import type { Section } from "../report/section.ts";
import { measureGrowth } from "./growth.ts";
import type { Cost } from "./protocol.ts";

const sizes = [10, 100, 1_000];
const registry = 100_000;

const columns: readonly (readonly [keyof Cost, string])[] = [
  ["queries", "D1 trips"],
  ["rowsRead", "rows read"],
  ["rowsWritten", "rows written"],
  ["classA", "R2 class A"],
  ["classB", "R2 class B"],
  ["objectRequests", "object calls"],
  ["objectRowsRead", "object rows read"],
  ["objectRowsWritten", "object rows written"],
];

/** What every operation makes the platform do, and how that grows with what is stored. */
export async function measureCost(): Promise<Section> {
  const growth = await measureGrowth(sizes, registry);
  const now = growth.operations.map(({ name, costs }) => [name, ...columns.map(([key]) => String(costs[0]?.[key]))]);
  const rows = growth.operations.map(({ name, costs }) => [
    name,
    ...costs.map((cost) => `${cost.rowsRead} / ${cost.objectRowsRead}`),
  ]);
  return {
    name: "cost",
    text: (table) =>
      [
        table([`one call, ${growth.stages[0]}`, ...columns.map(([, title]) => title)], now),
        table(["rows read in D1 / in objects", ...growth.stages], rows),
      ].join("\n\n"),
    data: growth,
  };
}
