/** `npm run verify` runs this: reports every import that passes through a wall of docs/architecture.md. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findViolations } from "./walls.ts";
import { repositoryRoot } from "./wrangler.ts";

const files = globSync("{workers,queues}/**/*.{ts,tsx}", { cwd: repositoryRoot });
const violations = files.flatMap((file) => findViolations(file, readFileSync(join(repositoryRoot, file), "utf8")));
for (const { file, line, message } of violations) console.error(`${file}:${line}: ${message}`);
console.log(`walls: ${files.length} files, ${violations.length} violations`);
process.exit(violations.length === 0 ? 0 : 1);
