/** `npm run load`: blobs of gigabytes, and what they do to everybody else. Takes minutes and 6 GB of disk. */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeCounts } from "../../scripts/counts.ts";
import { readVitestReport } from "../../scripts/vitest-counts.ts";
import { repositoryRoot } from "../../scripts/wrangler.ts";

const report = join(repositoryRoot, "results", "load.json");
mkdirSync(join(repositoryRoot, "results"), { recursive: true });
rmSync(report, { force: true });
const vitest = join(repositoryRoot, "node_modules", "vitest", "vitest.mjs");
const config = join(import.meta.dirname, "vitest.config.ts");
const run = spawnSync(process.execPath, [vitest, "run", "--config", config, ...process.argv.slice(2)], {
  cwd: repositoryRoot,
  stdio: "inherit",
  env: { ...process.env, GATI_LOAD_REPORT: report },
});
const { passed, failed } = readVitestReport(report);
writeCounts("load", { passed, failed });
console.log(`load: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? (run.status ?? 1) : 1);
