import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { extname, join } from "node:path";
import {
  Log,
  LogLevel,
  Miniflare,
  type V4MiniflareOptions,
  type V4ModuleDefinition,
  type V4WorkerdStructuredLog,
  type V4WorkerOptions,
  convertV4MiniflareOptions,
} from "miniflare";
import { readBuild } from "./build.ts";
import { checkChoices } from "../workers/settings.ts";
import { storeSettingsOf } from "../workers/storage/settings.ts";
import type { Secrets } from "./secrets.ts";
import { StartError } from "./start-error.ts";

const workerName = "gati-registry";
const mainModule = "index.js";
const moduleTypes: Record<string, V4ModuleDefinition["type"]> = {
  ".js": "ESModule",
  ".wasm": "CompiledWasm",
  ".css": "Text",
  ".txt": "Text",
  ".html": "Text",
  ".sql": "Text",
  ".bin": "Data",
};

export interface RuntimeOptions {
  /** Folder made by `buildWorker`. */
  readonly build: string;
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly secrets: Pick<Secrets, "tokenKey" | "oldTokenKeys" | "sealKeys" | "setupToken">;
  readonly environment: Record<string, string>;
  /** Settings for the worker, from `passedOn`. */
  readonly settings: Record<string, string>;
  readonly onLog: (line: V4WorkerdStructuredLog) => void;
}

/** Settings of `docs/operations.md` that the worker itself reads. */
const workerSettings = [
  "GATI_SIGN_UP",
  "GATI_MAX_BODY",
  "GATI_PUBLIC_URL",
  "GATI_LIMITS",
  "GATI_ADDRESS_HEADER",
  "GATI_OIDC_ISSUERS",
  "GATI_POPULAR_DOWNLOADS",
  "GATI_DNS_RESOLVER",
  "GATI_GITHUB_FILES",
  "GATI_SIGN_IN",
  "GATI_SIGN_IN_SECRETS",
  "GATI_STORE",
  "GATI_S3_ENDPOINT",
  "GATI_S3_PUBLIC_ENDPOINT",
  "GATI_S3_BUCKET",
  "GATI_S3_REGION",
  "GATI_S3_ACCESS_KEY_ID",
  "GATI_S3_SECRET_ACCESS_KEY",
  "GATI_BLOB_DOMAIN",
  "GATI_REDIRECT_DOWNLOADS",
  "GATI_EDGE_CACHE",
] as const;

/** The settings that are set. Throws `StartError`, naming those that are wrong. */
export function passedOn(environment: NodeJS.ProcessEnv): Record<string, string> {
  const given: Record<string, string> = {};
  for (const name of workerSettings) {
    const value = environment[name];
    if (value !== undefined && value !== "") given[name] = value;
  }
  try {
    checkChoices(given);
    storeSettingsOf(given, true);
  } catch (error) {
    throw new StartError((error as Error).message);
  }
  return given;
}

function modules(build: string): V4ModuleDefinition[] {
  const names = readdirSync(build).filter((name) => moduleTypes[extname(name)] !== undefined);
  // The first module is the worker's main one.
  return [mainModule, ...names.filter((name) => name !== mainModule)].map((name) => ({
    type: moduleTypes[extname(name)] ?? "Data",
    path: join(build, name),
    contents: readFileSync(join(build, name)),
  }));
}

/**
 * Miniflare answers signals by ending the process at once, before databases and locks are let go.
 * Stopping is the server's own affair; Miniflare's handler for `exit` stays.
 */
function createMiniflare(options: V4MiniflareOptions): Miniflare {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const before = new Set(signals.flatMap((signal) => process.listeners(signal)));
  const miniflare = new Miniflare(convertV4MiniflareOptions(options));
  for (const signal of signals) {
    for (const listener of process.listeners(signal)) if (!before.has(listener)) process.off(signal, listener);
  }
  return miniflare;
}

function shared(options: Pick<RuntimeOptions, "data" | "environment" | "onLog">): Omit<V4MiniflareOptions, "workers"> {
  return {
    // Miniflare's own front door stays on a random loopback port; the registry listens on the direct socket.
    host: "127.0.0.1",
    port: 0,
    cf: false,
    telemetry: { enabled: false },
    log: new Log(LogLevel.NONE),
    handleStructuredLogs: options.onLog,
    // Miniflare starts a new one by itself; what the old one was answering is lost, and that must not go unseen.
    unsafeHandleRuntimeRestart: () => {
      const message = JSON.stringify({
        time: new Date().toISOString(),
        level: "error",
        event: "server.runtime_restarted",
      });
      options.onLog({ timestamp: Date.now(), level: "error", message });
    },
    unsafeRuntimeEnv: options.environment,
    // The folder that `wrangler --persist-to <data>` uses, so that its commands work on this server's data.
    resourcePersistencePath: join(options.data, "v3"),
  };
}

/** Folder of the blob store; made when it is missing. */
export function blobFolder(data: string): string {
  const folder = join(data, "objects");
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Starts the registry's worker with its direct socket on `host:port`. Resolves when the socket listens. */
export async function startWorker(options: RuntimeOptions): Promise<Miniflare> {
  const saved = readBuild(options.build).options;
  const worker: V4WorkerOptions = {
    ...saved,
    name: workerName,
    rootPath: options.build,
    modulesRoot: options.build,
    modules: modules(options.build),
    bindings: {
      ...saved.bindings,
      GATI_TOKEN_KEY: options.secrets.tokenKey,
      GATI_TOKEN_KEYS_OLD: JSON.stringify(options.secrets.oldTokenKeys ?? []),
      ...(options.secrets.sealKeys ? { GATI_SEAL_KEYS: options.secrets.sealKeys.join(",") } : {}),
      GATI_SETUP_TOKEN: options.secrets.setupToken,
      ...options.settings,
    },
    // Blobs are plain files: the simulated bucket copies every byte through a database's folder and is several times slower.
    serviceBindings: { ...saved.serviceBindings, DISK: { disk: { path: blobFolder(options.data), writable: true } } },
    unsafeDirectSockets: [{ host: options.host, port: options.port }],
  };
  const miniflare = createMiniflare({ ...shared(options), workers: [worker] });
  await miniflare.ready;
  return miniflare;
}

export type Database = Awaited<ReturnType<Miniflare["getD1Database"]>>;

/**
 * Runs `work` with the registry's databases while nothing else uses them: before the worker listens.
 * Its argument opens a database by the name of its binding.
 */
export async function withDatabases<T>(
  options: Pick<RuntimeOptions, "build" | "data" | "environment" | "onLog">,
  work: (open: (binding: string) => Promise<Database>) => Promise<T>,
): Promise<T> {
  const saved = readBuild(options.build).options;
  const worker: V4WorkerOptions = {
    name: workerName,
    script: "export default {}",
    modules: true,
    ...(saved.compatibilityDate ? { compatibilityDate: saved.compatibilityDate } : {}),
    ...(saved.d1Databases ? { d1Databases: saved.d1Databases } : {}),
  };
  const miniflare = createMiniflare({ ...shared(options), workers: [worker] });
  try {
    return await work((binding) => miniflare.getD1Database(binding));
  } finally {
    await miniflare.dispose();
  }
}
