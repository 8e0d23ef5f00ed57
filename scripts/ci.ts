/** What `.ci/run` does once the dependencies are there: every suite, one after the other, and the sum of their counts. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fewestAttacks, readAttacks } from "./attacks.ts";
import { readCounts, sumCounts, writeCounts } from "./counts.ts";
import { readVitestReport } from "./vitest-counts.ts";
import { repositoryRoot } from "./wrangler.ts";

const results = join(repositoryRoot, "results", "ci");
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
process.env["GATI_RESULTS"] = results;

async function run(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<boolean> {
  const child = spawn(command, [...args], {
    cwd: repositoryRoot,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  const [code] = await once(child, "exit");
  return code === 0;
}

/** Runs a suite that leaves its own counts. One that ends badly without saying so counts as one failure. */
async function suite(name: string, script: string): Promise<void> {
  console.log(`\n==== npm run ${script}`);
  const succeeded = await run("npm", ["run", "--silent", script]);
  const counts = readCounts(results, name) ?? { passed: 0, failed: 0 };
  const nothing = counts.passed + counts.failed === 0;
  if (!succeeded || nothing) writeCounts(name, { ...counts, failed: Math.max(counts.failed, 1) });
}

/** Builds the clients beside the tests that do not need them: the slowest of them takes minutes. */
async function installTools(): Promise<void> {
  const log = join(results, "tools.log");
  const output = createWriteStream(log);
  const child = spawn("nice", [join(repositoryRoot, "scripts", "install-tools.sh")], { cwd: repositoryRoot });
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  const [code] = await once(child, "close");
  output.end();
  writeCounts("tools", { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 });
  if (code !== 0 && existsSync(log)) console.error(`\nThe tools could not be installed:\n${readFileSync(log, "utf8")}`);
}

async function unitTests(): Promise<void> {
  console.log("\n==== npm test");
  const report = join(results, "vitest.json");
  await run("npm", ["test", "--silent"], { GATI_TEST_RESULTS: report });
  writeCounts("test", readVitestReport(report));
  // They are counted with the other tests already; what is held here is that there are so many.
  const attacks = readAttacks(report);
  console.log(`\nattack suite: ${attacks.passed} attacks refused, ${attacks.failed} not`);
  const enough = attacks.passed >= fewestAttacks;
  writeCounts("attacks", { passed: enough ? 1 : 0, failed: enough ? 0 : 1 });
}

const tools = installTools();
await suite("verify", "verify");
await suite("deploy-check", "deploy:check");
await unitTests();
await tools;
await suite("interop", "interop");
await suite("conformance", "conformance");
await suite("faults", "faults");

const { passed, failed, suites } = sumCounts(results);
console.log();
for (const [name, counts] of Object.entries(suites)) {
  console.log(`${name.padEnd(14)} ${counts.passed} passed, ${counts.failed} failed`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
