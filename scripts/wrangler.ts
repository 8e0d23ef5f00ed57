import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const repositoryRoot = fileURLToPath(new URL("..", import.meta.url));
/** Wrangler as a file to run with this Node. */
export const wranglerCli = join(
  dirname(createRequire(import.meta.url).resolve("wrangler/package.json")),
  "bin",
  "wrangler.js",
);

/** Runs wrangler in the repository with the terminal of this process. Returns its exit code. */
export function runWrangler(args: readonly string[], env: Record<string, string> = {}): number {
  const result = spawnSync(process.execPath, [wranglerCli, ...args], {
    cwd: repositoryRoot,
    stdio: "inherit",
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", ...env },
  });
  return result.status ?? 1;
}
