/**
 * `npm run interop`: skopeo, oras, crane, cosign and podman as people run them, against a real server. A client that
 * is missing is a failure, never a skip. Arguments go to vitest.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeCounts } from "../../scripts/counts.ts";
import { readVitestReport } from "../../scripts/vitest-counts.ts";
import { repositoryRoot } from "../../scripts/wrangler.ts";

const report = join(repositoryRoot, "results", "interop.json");
mkdirSync(join(repositoryRoot, "results"), { recursive: true });
rmSync(report, { force: true });
const vitest = join(repositoryRoot, "node_modules", "vitest", "vitest.mjs");
const config = join(import.meta.dirname, "vitest.config.ts");
const run = spawnSync(process.execPath, [vitest, "run", "--config", config, ...process.argv.slice(2)], {
  cwd: repositoryRoot,
  stdio: "inherit",
  env: { ...process.env, GATI_INTEROP_REPORT: report },
});
const { passed, failed } = readVitestReport(report);
writeCounts("interop", { passed, failed });
console.log(`interop: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? (run.status ?? 1) : 1);
