/**
 * `npm run bench`: this registry beside its peers on the same machine in the same run. Prints medians and how many times
 * a peer's speed ours is; every round is in results/bench.json.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../scripts/wrangler.ts";
import { groupsOf } from "./groups.ts";
import { type GroupResult, measureGroup } from "./measure.ts";
import { parseOptions, usage } from "./options.ts";
import { comparisonTable } from "./report/comparison.ts";
import { markdownTable, textTable } from "./report/table.ts";
import { makeBlobFolder } from "./sample-blob.ts";

const options = parseOptions(process.argv.slice(2));
if (options === "help") {
  console.log(usage);
  process.exit(0);
}
const table = options.markdown ? markdownTable : textTable;
const folder = await makeBlobFolder();
const results: GroupResult[] = [];
try {
  const groups = groupsOf(options, folder);
  for (const name of options.groups) {
    const group = groups[name];
    const scenarios = group.scenarios.filter((scenario) => scenario.name.includes(options.scenario));
    if (scenarios.length === 0) continue;
    const result = await measureGroup({ ...group, scenarios }, options.runs, (line) => console.error(line));
    results.push(result);
    console.log(`\n${comparisonTable(result, table)}\n`);
  }
} finally {
  await folder.remove();
}
const machine = { cores: availableParallelism(), memory: totalmem(), node: process.version };
await mkdir(join(repositoryRoot, "results"), { recursive: true });
await writeFile(
  join(repositoryRoot, "results", "bench.json"),
  `${JSON.stringify({ machine, options, groups: results }, null, 2)}\n`,
);
