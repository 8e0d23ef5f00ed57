/** `npm run dev`: wrangler dev with local secrets made and migrations applied. Arguments go to wrangler dev. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateTokenKey, randomText } from "../server/secrets.ts";
import { repositoryRoot, runWrangler } from "./wrangler.ts";

const secretsFile = join(repositoryRoot, ".dev.vars");
if (!existsSync(secretsFile)) {
  const lines = [`GATI_TOKEN_KEY='${await generateTokenKey()}'`, `GATI_SETUP_TOKEN=${randomText(32)}`];
  // "wx": a second `npm run dev` at the same moment must not replace the secrets of the first.
  writeFileSync(secretsFile, `${lines.join("\n")}\n`, { mode: 0o600, flag: "wx" });
  console.log("Made .dev.vars with fresh local secrets.");
}
const migrated = runWrangler(["d1", "migrations", "apply", "DB", "--local"], { CI: "1" });
process.exit(migrated === 0 ? runWrangler(["dev", ...process.argv.slice(2)]) : migrated);
