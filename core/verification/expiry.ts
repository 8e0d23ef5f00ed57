import type { Finding } from "./proof.ts";

const day = 24 * 60 * 60 * 1000;
/** Checks that have to fail in a row, and over how long, until a proof counts as gone. */
export const failedChecks = 3;
export const absentFor = 3 * day;
/** What cannot be asked may come back: more patience, but not for ever. */
export const unreachableFor = 14 * day;

/** How the checks of something verified went so far. */
export interface Standing {
  readonly failures: number;
  /** Milliseconds since the epoch; null while the last check found the proof. */
  readonly failingSince: number | null;
}

/** How it stands after another check at `now`, and whether the verification ends by it. */
export function afterCheck(before: Standing, finding: Finding, now: number): Standing & { readonly ends: boolean } {
  if (finding === "proved") return { failures: 0, failingSince: null, ends: false };
  const failures = before.failures + 1;
  const failingSince = before.failingSince ?? now;
  const patience = finding === "absent" ? absentFor : unreachableFor;
  return { failures, failingSince, ends: failures >= failedChecks && now - failingSince >= patience };
}
