import type { GroupResult, Row } from "../measure.ts";
import type { Section } from "./section.ts";
import type { Table } from "./table.ts";

function format(value: number | undefined, unit: Row["unit"]): string {
  if (value === undefined) return "";
  return unit === "s" ? `${value.toFixed(3)} s` : `${value.toFixed(value < 100 ? 1 : 0)} /s`;
}

function processorTime(seconds: number | undefined, unit: Row["unit"]): string {
  if (seconds === undefined || Number.isNaN(seconds)) return "";
  return unit === "s" ? `${seconds.toFixed(2)} s` : `${(seconds * 1000).toFixed(2)} ms`;
}

function verdict({ goal, speed }: Row): string {
  if (goal === undefined || speed === undefined) return "";
  return `${speed >= goal ? "met" : "missed"} (${Number(goal.toFixed(2))}x)`;
}

/**
 * Medians side by side, and how many times the second target's speed the first one has. CPU is the
 * server's own processor time, for each request where rates are compared: unlike the clock it does not depend on what
 * else the machine is doing.
 */
function comparisonTable(result: GroupResult, table: Table): string {
  const header = [result.title, ...result.targets, "speed", "goal", ...result.targets.map((name) => `CPU ${name}`)];
  const rows = result.rows.map((row) => [
    row.scenario,
    ...result.targets.map((target) => format(row.medians[target], row.unit)),
    row.speed === undefined ? "" : `${row.speed.toFixed(2)}x`,
    verdict(row),
    ...result.targets.map((target) => processorTime(row.cpu[target], row.unit)),
  ]);
  return table(header, rows);
}

/** A group's result as a part of the report. */
export function comparisonSection(result: GroupResult): Section {
  return { name: result.name, text: (table) => comparisonTable(result, table), data: result };
}
