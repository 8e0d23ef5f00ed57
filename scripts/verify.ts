/**
 * `npm run verify`: everything that can be judged without running the registry. Every step runs, so that one look
 * shows all that is wrong. With GATI_RESULTS it writes its counts there for CI.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { writeCounts } from "./counts.ts";
import { repositoryRoot } from "./wrangler.ts";

type Step = () => boolean;

function command(name: string, ...args: string[]): Step {
  const program = join(repositoryRoot, "node_modules", ".bin", name);
  return () => spawnSync(program, args, { cwd: repositoryRoot, stdio: "inherit" }).status === 0;
}

function script(file: string): Step {
  return () => spawnSync(process.execPath, [file], { cwd: repositoryRoot, stdio: "inherit" }).status === 0;
}

/** True when the tables in the code need no migration that is not in migrations/. */
function migrationsAreComplete(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "gati-migrations-"));
  try {
    cpSync(join(repositoryRoot, "migrations"), folder, { recursive: true });
    // drizzle-kit takes a folder relative to where it runs.
    const out = relative(repositoryRoot, folder);
    const generated = command(
      "drizzle-kit",
      ...["generate", "--dialect", "sqlite", "--schema", "./workers/tables.ts", "--out", out],
    )();
    const count = (path: string): number => readdirSync(path).filter((name) => name.endsWith(".sql")).length;
    const complete = generated && count(folder) === count(join(repositoryRoot, "migrations"));
    if (!complete) console.error("The tables have changed: run npm run db:generate and commit the migration.");
    return complete;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** True when sha256.wasm is what its source compiles to. */
function wasmIsCurrent(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "gati-wasm-"));
  try {
    const compiled = join(folder, "sha256.wasm");
    const built = spawnSync("npm", ["run", "--silent", "build:wasm", "--", "-o", compiled], {
      cwd: repositoryRoot,
      stdio: "inherit",
    });
    const committed = readFileSync(join(repositoryRoot, "workers/storage/sha256/sha256.wasm"));
    const current = built.status === 0 && readFileSync(compiled).equals(committed);
    if (!current) console.error("The hash's source has changed: run npm run build:wasm and commit sha256.wasm.");
    return current;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const steps: Record<string, Step> = {
  format: command("oxfmt", "--check"),
  lint: command("oxlint"),
  walls: script("scripts/check-walls.ts"),
  "types of the worker": command("tsc", "-p", "tsconfig.json"),
  "types of the rest": command("tsc", "-p", "tsconfig.node.json"),
  migrations: migrationsAreComplete,
  "compiled hash": wasmIsCurrent,
  "bundle size": script("scripts/check-bundle.ts"),
};

const failed: string[] = [];
for (const [name, step] of Object.entries(steps)) {
  console.log(`\n== ${name}`);
  if (!step()) failed.push(name);
}
const passed = Object.keys(steps).length - failed.length;
console.log(`\nverify: ${passed} passed, ${failed.length} failed${failed.length > 0 ? ` (${failed.join(", ")})` : ""}`);
writeCounts("verify", { passed, failed: failed.length });
process.exit(failed.length === 0 ? 0 : 1);
