/**
 * `npm run conformance`: the official OCI distribution conformance suite against a real server. Reports land in
 * results/conformance; the last line is the summary, and any failure or skipped test makes the exit code non-zero.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "../../packages/sdk/src/index.ts";
import { writeCounts } from "../../scripts/counts.ts";
import { repositoryRoot } from "../../scripts/wrangler.ts";
import { spawnRegistry } from "../harness/registry-process.ts";
import { findRedesignedSuite, runRedesignedSuite } from "./redesigned-suite.ts";
import { runReleasedSuite } from "./released-suite.ts";
import type { Account, SuiteResult } from "./suite.ts";

const results = join(repositoryRoot, "results", "conformance");

async function makeAccount(url: string): Promise<Account> {
  const account = { handle: "conformance", password: "correct horse battery staple" };
  const { token } = await createClient({ registry: url }).auth.signUp(account);
  const client = createClient({ registry: url, credential: { token } });
  const { key } = await client.auth.createKey({ name: "suite", scopes: ["admin"] });
  return { username: account.handle, password: key, namespace: `users/${account.handle}` };
}

const data = await mkdtemp(join(tmpdir(), "gati-conformance-"));
const server = await spawnRegistry({ data });
const suites: SuiteResult[] = [];
try {
  const account = await makeAccount(server.url);
  await rm(results, { recursive: true, force: true });
  suites.push(await runReleasedSuite(server.url, account, join(results, "released")));
  const redesigned = findRedesignedSuite();
  if (redesigned !== undefined) {
    for (const version of ["1.1", "dev"] as const) {
      const folder = join(results, `redesigned-${version}`);
      suites.push(await runRedesignedSuite(redesigned, version, server.url, account, folder));
    }
  }
} finally {
  await server.stop();
  await rm(data, { recursive: true, force: true });
}

for (const suite of suites) {
  for (const name of suite.failures) console.error(`FAILED  ${name}`);
  for (const name of suite.skipped) console.error(`SKIPPED ${name}`);
  console.log(
    `${suite.name}: ${suite.passed} passed, ${suite.failures.length} failed, ${suite.skipped.length} skipped`,
  );
}
const passed = suites.reduce((sum, suite) => sum + suite.passed, 0);
const failed = suites.reduce((sum, suite) => sum + suite.failures.length + suite.skipped.length, 0);
writeCounts("conformance", { passed, failed });
console.log(`conformance: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
