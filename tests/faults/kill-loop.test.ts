import { randomInt } from "node:crypto";
import { expect, it } from "vitest";
import { killLoop } from "./kill-loop/loop.ts";

/** A sample of what `npm run faults` does for two hundred rounds. */
const rounds = 5;

it("keeps every promise through SIGKILLs in the middle of pushes, publishes, deletions and collections", async () => {
  const seed = randomInt(2 ** 31);
  const ledger = await killLoop({ rounds, seed, thorough: false });
  expect({ seed, findings: ledger.findings }).toEqual({ seed, findings: [] });
  expect(ledger.rounds).toBe(rounds);
  expect(ledger.checked).toBeGreaterThan(0);
}, 180_000);
