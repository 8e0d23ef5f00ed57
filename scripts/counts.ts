import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** Folder that collects the counts of all suites of one CI run; absent outside CI. */
function resultsFolder(): string | undefined {
  return process.env["GATI_RESULTS"];
}

/** Leaves the counts of a suite for `.ci/run`, which adds them up. Does nothing outside CI. */
export function writeCounts(suite: string, counts: Counts): void {
  const folder = resultsFolder();
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${suite}.counts.json`), JSON.stringify(counts));
}

/** The counts that a suite left, if it left any. */
export function readCounts(folder: string, suite: string): Counts | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, `${suite}.counts.json`), "utf8"));
  } catch {
    return undefined;
  }
}

/** Adds up the counts of every suite that left some. */
export function sumCounts(folder: string): Counts & { readonly suites: Readonly<Record<string, Counts>> } {
  const suites: Record<string, Counts> = {};
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".counts.json"))) {
    const counts: Counts = JSON.parse(readFileSync(join(folder, file), "utf8"));
    suites[file.replace(".counts.json", "")] = counts;
  }
  const all = Object.values(suites);
  return {
    passed: all.reduce((sum, counts) => sum + counts.passed, 0),
    failed: all.reduce((sum, counts) => sum + counts.failed, 0),
    suites,
  };
}
