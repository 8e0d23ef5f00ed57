import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { V4WorkerOptions } from "miniflare";
import { StartError } from "./start-error.ts";

export const repositoryRoot = fileURLToPath(new URL("..", import.meta.url));
const cacheFolder = join(repositoryRoot, ".cache", "worker");
const configFile = join(repositoryRoot, "wrangler.toml");
/** Everything that can change the bundle. */
const inputs = ["workers", "core", "queues", "wrangler.toml", "package-lock.json", "tsconfig.json", "server/build.ts"];
const keptBuilds = 8;
const run = promisify(execFile);

function* filesIn(path: string): Generator<string> {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) return yield path;
  for (const name of readdirSync(path).toSorted()) {
    if (!/\.test\.tsx?$/.test(name)) yield* filesIn(join(path, name));
  }
}

function hashInputs(): string {
  const hash = createHash("sha256");
  for (const input of inputs) {
    for (const file of filesIn(join(repositoryRoot, input))) {
      const content = readFileSync(file);
      hash.update(`${relative(repositoryRoot, file)}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest("hex").slice(0, 24);
}

async function bundle(outdir: string): Promise<void> {
  const wrangler = join(dirname(createRequire(import.meta.url).resolve("wrangler/package.json")), "bin", "wrangler.js");
  const args = [wrangler, "deploy", "--dry-run", "--config", configFile, "--outdir", outdir];
  try {
    await run(process.execPath, args, {
      cwd: repositoryRoot,
      // No banner means no look-up of newer versions: the build works without a network.
      env: { ...process.env, WRANGLER_HIDE_BANNER: "true", WRANGLER_SEND_METRICS: "false", CI: "1" },
    });
  } catch (error) {
    const output = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : String(error);
    throw new StartError(`The worker does not build:\n${output}`);
  }
}

/** A D1 binding and the folder of its migrations. */
export interface DatabaseBinding {
  readonly binding: string;
  readonly migrations: string;
}

/** `build.json` beside the bundle: what Miniflare has to be told about the worker. */
export interface BuildManifest {
  readonly options: Partial<V4WorkerOptions>;
  readonly databases: readonly DatabaseBinding[];
}

/**
 * What the worker is bound to. Vars come from wrangler.toml alone: wrangler would mix in the secrets of
 * `.dev.vars`, which belong to `npm run dev` and must not reach the cache.
 */
async function describeWorker(): Promise<BuildManifest> {
  const { unstable_getMiniflareWorkerOptions, unstable_readConfig } = await import("wrangler");
  const config = unstable_readConfig({ config: configFile });
  const { modulesRules: _, rootPath: __, ...options } = unstable_getMiniflareWorkerOptions(configFile).workerOptions;
  return {
    options: { ...options, bindings: config.vars },
    databases: config.d1_databases.map((database: { binding: string; migrations_dir?: string }) => ({
      binding: database.binding,
      migrations: database.migrations_dir ?? "migrations",
    })),
  };
}

function removeOldBuilds(): void {
  const builds = readdirSync(cacheFolder)
    .map((name) => ({ path: join(cacheFolder, name), age: statSync(join(cacheFolder, name)).mtimeMs }))
    .toSorted((a, b) => b.age - a.age);
  for (const build of builds.slice(keptBuilds)) rmSync(build.path, { recursive: true, force: true });
}

export function readBuild(folder: string): BuildManifest {
  return JSON.parse(readFileSync(join(folder, "build.json"), "utf8"));
}

/**
 * Bundles the worker as `wrangler deploy` would, once per content of its sources. Returns the folder with the
 * modules and `build.json`. Throws `StartError` when the worker does not build.
 */
export async function buildWorker(): Promise<string> {
  const target = join(cacheFolder, hashInputs());
  if (existsSync(target)) return target;
  const draft = `${target}.${process.pid}`;
  mkdirSync(cacheFolder, { recursive: true });
  try {
    await bundle(draft);
    writeFileSync(join(draft, "build.json"), JSON.stringify(await describeWorker(), null, 2));
    renameSync(draft, target);
    removeOldBuilds();
  } catch (error) {
    // Another server may have finished the same build first.
    if (!existsSync(target)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return target;
}
