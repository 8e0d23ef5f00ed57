/** `npm run deploy:check`: bundles the worker for every environment as a deployment would, without deploying. */
import { writeCounts } from "./counts.ts";
import { runWrangler } from "./wrangler.ts";

const targets = ["", "dev", "staging", "production"];
const failed = targets.filter((environment) => {
  console.log(`\n== wrangler deploy --dry-run --env "${environment}"`);
  return runWrangler(["deploy", "--dry-run", "--env", environment], { WRANGLER_HIDE_BANNER: "true" }) !== 0;
});
if (failed.length > 0) console.error(`\nDoes not deploy: ${failed.map((name) => name || "top level").join(", ")}`);
writeCounts("deploy-check", { passed: targets.length - failed.length, failed: failed.length });
process.exit(failed.length === 0 ? 0 : 1);
