/** Part of `npm run verify`: the Worker's bundle stays within its budget. */
import { budget, weighBundle } from "./bundle.ts";

const size = await weighBundle();
console.log(`${size.bytes} of ${budget.bytes} bytes, ${size.compressed} of ${budget.compressed} compressed`);
const heavy = size.bytes > budget.bytes || size.compressed > budget.compressed;
if (heavy) {
  console.error("The Worker has outgrown its budget: look what was added (npx wrangler deploy --dry-run --metafile),");
  console.error("leave it out of the Worker, or raise the budget in scripts/bundle.ts and say why.");
}
process.exit(heavy ? 1 : 0);
