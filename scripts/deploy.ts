/** `npm run deploy -- --env production`: migrations first, then the worker. */
import { parseArgs } from "node:util";
import { runWrangler } from "./wrangler.ts";

const environments = ["dev", "staging", "production"];
const { values } = parseArgs({ options: { env: { type: "string" } }, strict: false });
if (typeof values.env !== "string" || !environments.includes(values.env)) {
  console.error(`Say where to: npm run deploy -- --env ${environments.join("|")}`);
  process.exit(2);
}
const migrated = runWrangler(["d1", "migrations", "apply", "DB", "--remote", "--env", values.env], { CI: "1" });
process.exit(migrated === 0 ? runWrangler(["deploy", ...process.argv.slice(2)]) : migrated);
