import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Log, LogLevel, Miniflare, type V4ModuleDefinition, convertV4MiniflareOptions } from "miniflare";
import { buildWorker, readBuild } from "../../server/build.ts";
import { migrate } from "../../server/migrate.ts";
import type { Database } from "../../server/runtime.ts";
import { generateTokenKey } from "../../server/secrets.ts";
import { unlimited } from "../targets/gati.ts";
import type { Cost, Seed } from "./protocol.ts";

const entry = fileURLToPath(new URL("worker/index.ts", import.meta.url));

/** A registry on the simulated platform whose costs can be read. Requests have to come one at a time. */
export interface MeteredRegistry {
  readonly database: Database;
  fetch(path: string, init?: { method?: string; headers?: Record<string, string>; body?: string }): Promise<Response>;
  /** What the platform did since the last call. */
  takeCost(): Promise<Cost>;
  /** Publishes versions through the namespace's graph. Returns their digests. */
  seed(seed: Seed): Promise<string[]>;
  stop(): Promise<void>;
}

/** Bundles the metered worker. Miniflare takes the modules from memory; only the compiled hash is a file of its own. */
async function bundle(folder: string): Promise<V4ModuleDefinition[]> {
  await build({
    entryPoints: [entry],
    outfile: join(folder, "index.js"),
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    loader: { ".css": "text", ".wasm": "copy" },
    logLevel: "error",
  });
  const names = await readdir(folder);
  // The first module is the worker's main one.
  const ordered = ["index.js", ...names.filter((name) => name.endsWith(".wasm"))];
  return Promise.all(
    ordered.map(async (name) => ({
      type: name.endsWith(".wasm") ? ("CompiledWasm" as const) : ("ESModule" as const),
      path: join(folder, name),
      contents: await readFile(join(folder, name)),
    })),
  );
}

/** Starts the metered registry with empty stores that are deleted when it stops. */
export async function startMeteredRegistry(): Promise<MeteredRegistry> {
  const folder = await mkdtemp(join(tmpdir(), "gati-cost-"));
  const code = join(folder, "code");
  // Bindings and settings as wrangler.toml has them, so that nothing can be forgotten here.
  const saved = await buildWorker();
  await migrate({ build: saved, data: folder, environment: {}, onLog: () => undefined });
  // Downloads are counted by a queue, in batches: their consumer would write while something else is measured.
  const { queueConsumers: _, ...options } = readBuild(saved).options;
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      telemetry: { enabled: false },
      log: new Log(LogLevel.NONE),
      handleStructuredLogs: (line) => void (line.level === "error" && console.error(line.message)),
      resourcePersistencePath: join(folder, "v3"),
      workers: [
        {
          ...options,
          name: "gati-cost",
          rootPath: code,
          modulesRoot: code,
          modules: await bundle(code),
          bindings: { ...options.bindings, GATI_TOKEN_KEY: await generateTokenKey(), GATI_LIMITS: unlimited },
        },
      ],
    }),
  );
  const url = await miniflare.ready;
  const ask = async <T>(path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(new URL(path, url), body ? { method: "POST", body: JSON.stringify(body) } : {});
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  return {
    database: await miniflare.getD1Database("DB"),
    fetch: (path, init) => fetch(new URL(path, url), init),
    takeCost: () => ask("/__cost"),
    seed: (seed) => ask("/__seed", seed),
    async stop() {
      await miniflare.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
