/**
 * `npm run bench`: this registry beside its peers on the same machine in the same run, what its operations cost on the
 * platform, and what the machine could do at best. Everything that was measured is also in results/bench.json.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../scripts/wrangler.ts";
import { groupsOf } from "./groups.ts";
import { parseOptions, usage } from "./options.ts";
import { writeDocs } from "./report/docs.ts";
import { markdownTable, textTable } from "./report/table.ts";
import { makeBlobFolder } from "./sample-blob.ts";

const options = parseOptions(process.argv.slice(2));
if (options === "help") {
  console.log(usage);
  process.exit(0);
}
const folder = await makeBlobFolder();
const sections: Record<string, unknown> = {};
const tables = new Map<string, string>();
try {
  const groups = groupsOf(options, folder, (line) => console.error(line));
  for (const name of options.groups) {
    const section = await groups[name]();
    sections[name] = section.data;
    tables.set(name, section.text(markdownTable));
    console.log(`\n${section.text(options.markdown ? markdownTable : textTable)}\n`);
  }
} finally {
  await folder.remove();
}
if (options.docs) await writeDocs(tables);
const machine = { cores: availableParallelism(), memory: totalmem(), node: process.version };
const results = join(repositoryRoot, "results");
await mkdir(results, { recursive: true });
await writeFile(join(results, "bench.json"), `${JSON.stringify({ machine, options, sections }, null, 2)}\n`);
