import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { budget, weighBundle } from "../scripts/bundle.ts";
import { repositoryRoot, wranglerCli } from "../scripts/wrangler.ts";
import type { Section } from "./report/section.ts";
import { median } from "./statistics.ts";

const run = promisify(execFile);

/** Milliseconds of processor time until the Worker could take its first request, from wrangler's start-up profile. */
async function startUp(folder: string): Promise<number> {
  const profile = join(folder, "startup.cpuprofile");
  const { stdout } = await run(process.execPath, [wranglerCli, "check", "startup", "--outfile", profile], {
    cwd: repositoryRoot,
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true", CI: "1" },
  });
  const active = /Active: ([\d.]+) ms/.exec(stdout)?.[1];
  if (active === undefined) throw new Error(`wrangler told no start-up time:\n${stdout}`);
  return Number(active);
}

/** How heavy the Worker is and how long it takes to start. */
export async function measureWorker(runs: number): Promise<Section> {
  const folder = await mkdtemp(join(tmpdir(), "gati-startup-"));
  try {
    const size = await weighBundle();
    const times: number[] = [];
    for (let i = 0; i < runs; i++) times.push(await startUp(folder));
    const active = median(times);
    const rows = [
      ["bundle", `${size.bytes} bytes`, `${budget.bytes}`],
      ["bundle, gzip", `${size.compressed} bytes`, `${budget.compressed}`],
      ["start-up, processor time", `${active.toFixed(0)} ms`, ""],
    ];
    return {
      name: "worker",
      text: (table) => table(["the Worker", "now", "budget"], rows),
      data: { ...size, budget, startUp: times },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
