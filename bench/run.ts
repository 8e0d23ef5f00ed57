/**
 * `npm run bench`: a 100 MB blob pushed and pulled in every way, beside Debian's docker-registry on the same machine in
 * the same run. Medians, so that one slow round does not decide; the table is also in results/bench.json.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { repositoryRoot } from "../scripts/wrangler.ts";
import { makeBlob } from "./sample-blob.ts";
import { type Target, startDockerRegistry, startGati } from "./target.ts";
import { pulls, pushes } from "./transfers.ts";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "5" }, megabytes: { type: "string", default: "100" } },
});
const runs = Number(values.runs);
const megabyte = 1_000_000;
const size = Number(values.megabytes) * megabyte;

/** Seconds of every run, by what was done and by which registry. */
const measured = new Map<string, Map<string, number[]>>();

function record(what: string, target: Target, seconds: number): void {
  const row = measured.get(what) ?? new Map<string, number[]>();
  row.set(target.name, [...(row.get(target.name) ?? []), seconds]);
  measured.set(what, row);
}

function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

// In memory where the system has it: the clients' files are not what is measured.
const folder = await mkdtemp(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "gati-bench-blobs-"));
const run = promisify(execFile);
const targets: Target[] = [];
try {
  targets.push(await startGati(), await startDockerRegistry());
  for (let round = 0; round <= runs; round++) {
    for (const [what, push] of Object.entries(pushes)) {
      for (const target of targets) {
        const blob = await makeBlob(folder, size, 10 * megabyte);
        // What was written before must not be flushed to disk while this push is timed.
        await run("sync");
        const pushed = await push(target, blob);
        // Round 0 warms up both registries.
        if (round === 0) continue;
        record(what, target, pushed);
        for (const [name, pull] of Object.entries(pulls)) record(name, target, await pull(target, blob));
      }
    }
  }
} finally {
  for (const target of targets) await target.stop();
  await rm(folder, { recursive: true, force: true });
}

const [ours, theirs] = ["gati-registry", "docker-registry"] as const;
const rows = [...Object.keys(pushes), ...Object.keys(pulls)].map((what) => {
  const times = measured.get(what) ?? new Map<string, number[]>();
  const mine = median(times.get(ours) ?? []);
  const peer = median(times.get(theirs) ?? []);
  return { what, [ours]: mine, [theirs]: peer, ratio: mine / peer, runs: (times.get(ours) ?? []).length };
});
console.log(`\n${size / megabyte} MB, medians in seconds, ${availableParallelism()} cores\n`);
console.log(`${"".padEnd(20)}${ours.padStart(16)}${theirs.padStart(18)}${"ratio".padStart(8)}`);
for (const row of rows) {
  const seconds = `${row[ours].toFixed(3).padStart(16)}${row[theirs].toFixed(3).padStart(18)}`;
  console.log(`${row.what.padEnd(20)}${seconds}${row.ratio.toFixed(2).padStart(8)}`);
}
await mkdir(join(repositoryRoot, "results"), { recursive: true });
const result = {
  bytes: size,
  cores: availableParallelism(),
  node: process.version,
  rows,
  seconds: Object.fromEntries([...measured].map(([what, times]) => [what, Object.fromEntries(times)])),
};
await writeFile(join(repositoryRoot, "results", "bench.json"), `${JSON.stringify(result, null, 2)}\n`);
