/**
 * `npm run faults`: kills the server again and again in the middle of its work and checks after every restart that it
 * kept its promises. Options: --rounds N (200, in CI 40: its seed is another every time), --seed N (random; a failure
 * names the one to repeat it with).
 */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { writeCounts } from "../../scripts/counts.ts";
import { killLoop } from "./kill-loop/loop.ts";

const { values } = parseArgs({ options: { rounds: { type: "string" }, seed: { type: "string" } } });
const rounds = Number(values.rounds ?? (process.env["CI"] ? 40 : 200));
const seed = Number(values.seed ?? randomInt(2 ** 31));
if (!Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(seed))
  throw new Error("--rounds and --seed take whole numbers");

console.log(`faults: ${rounds} rounds with --seed ${seed}`);
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());
const report = (line: string) => console.log(line);
const ledger = await killLoop({ rounds, seed, thorough: true, stop: stop.signal, report });
console.log(`faults: ${ledger.summary()}`);
const failed = Math.min(ledger.findings.length, ledger.rounds);
writeCounts("faults", { passed: ledger.rounds - failed, failed });
process.exit(failed === 0 && ledger.rounds === rounds ? 0 : 1);
