/** The attack suite: tests of `npm test` whose outermost `describe` begins with "attack: ", wherever they lie. */
import { readFileSync } from "node:fs";
import type { Counts } from "./counts.ts";

/** Fewer would mean that attacks were lost. */
export const fewestAttacks = 150;

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly ancestorTitles: readonly string[] }[];
  }[];
}

/** Counts the attacks of a vitest JSON report: passed are those that were refused. */
export function readAttacks(path: string): Counts {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(path, "utf8")) as Report;
  } catch {
    return { passed: 0, failed: 0 };
  }
  const attacks = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ ancestorTitles }) => ancestorTitles.find((title) => title !== "")?.startsWith("attack: "));
  const passed = attacks.filter(({ status }) => status === "passed").length;
  return { passed, failed: attacks.length - passed };
}
