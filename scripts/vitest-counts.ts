import { readFileSync } from "node:fs";
import type { Counts } from "./counts.ts";

interface Report {
  readonly numPassedTests: number;
  readonly numTotalTests: number;
  readonly numFailedTestSuites: number;
  readonly success: boolean;
}

/**
 * Counts of a vitest JSON report. A test that did not pass failed, skipped ones included; a file or set-up that broke
 * before its tests ran counts as one failure.
 */
export function readVitestReport(path: string): Counts {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return { passed: 0, failed: 1 };
  }
  const failed = report.numTotalTests - report.numPassedTests;
  return { passed: report.numPassedTests, failed: report.success ? failed : Math.max(failed, 1) };
}
