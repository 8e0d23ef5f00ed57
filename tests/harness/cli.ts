import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { createClient, type RegistryClient } from "../../packages/sdk/src/index.ts";

const cli = fileURLToPath(new URL("../../packages/cli/", import.meta.url));

let bundled: Promise<string> | undefined;

/** The CLI as it is in the working tree, bundled as it ships: it starts several times faster than from its sources. */
function bundleCli(): Promise<string> {
  bundled ??= (async () => {
    // Beside dist, so that it finds package.json and the templates at the same places.
    const outfile = join(cli, ".cache", "gati.mjs");
    const partial = `${outfile}.${process.pid}`;
    await build({
      entryPoints: [join(cli, "src/main.ts")],
      outfile: partial,
      bundle: true,
      format: "esm",
      platform: "node",
      packages: "external",
      target: "es2022",
    });
    // Test files run in parallel and all make the same file: renaming lets none see half of it.
    await rename(partial, outfile);
    return outfile;
  })();
  return bundled;
}

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The JSON document on stdout. */
  json<T = Record<string, unknown>>(): T;
}

export interface CliRun {
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: Record<string, string | undefined>;
  /** Nobody reads standard output, as when `head` has seen enough. */
  readonly closedStdout?: boolean;
  /** Called with the process as soon as it runs. */
  readonly onStart?: (kill: () => void) => void;
  /** Called with what it says on standard error, as it says it. */
  readonly onStderr?: (text: string) => void;
}

/** One person's machine: settings, caches and a store of its own, and a `gati` that uses them. */
export class Machine {
  readonly root: string;
  readonly registry: string;

  private constructor(root: string, registry: string) {
    this.root = root;
    this.registry = registry;
  }

  static async create(registry: string): Promise<Machine> {
    return new Machine(await mkdtemp(join(tmpdir(), "gati-cli-")), registry);
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  /** Writes a directory of files; contents that are not text or bytes are written as JSON. */
  async files(directory: string, files: Record<string, string | Uint8Array | object>): Promise<string> {
    const target = this.path(directory);
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(target, name)), { recursive: true });
      await writeFile(
        join(target, name),
        typeof content === "string" || content instanceof Uint8Array ? content : JSON.stringify(content),
      );
    }
    await mkdir(target, { recursive: true });
    return target;
  }

  async gati(args: readonly string[], options: CliRun = {}): Promise<CliResult> {
    const { GATI_API_KEY: _key, GATI_TOKEN: _token, ...inherited } = process.env;
    const child = spawn(process.execPath, [await bundleCli(), ...args], {
      cwd: options.cwd ?? this.root,
      env: {
        ...inherited,
        GATI_REGISTRY: this.registry,
        GATI_CONFIG_DIR: this.path("config"),
        GATI_CACHE_DIR: this.path("cache"),
        GATI_STORE_DIR: this.path("store"),
        ...options.env,
      },
    });
    options.onStart?.(() => child.kill("SIGKILL"));
    if (options.closedStdout) child.stdout.destroy();
    const { onStderr } = options;
    if (onStderr) child.stderr.on("data", (part: Buffer) => onStderr(part.toString("utf8")));
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    // A process that is killed, or that needs no input, may close its end first.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    const [stdout, stderr, code] = await Promise.all([
      options.closedStdout ? "" : text(child.stdout),
      text(child.stderr),
      ended,
    ]);
    return { code, stdout, stderr, json: <T>() => JSON.parse(stdout) as T };
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}

export interface Account {
  readonly handle: string;
  readonly password: string;
  /** An API key that may read and publish. */
  readonly key: string;
  readonly client: RegistryClient;
}

/** Makes an account that no other test has. */
export async function newAccount(registry: string): Promise<Account> {
  const handle = `u-${randomBytes(6).toString("hex")}`;
  const password = `a long password ${handle}`;
  const { token } = await createClient({ registry }).auth.signUp({ handle, password });
  const { key } = await createClient({ registry, credential: token }).auth.createKey({
    name: "test",
    scopes: ["read", "publish"],
  });
  return { handle, password, key, client: createClient({ registry, credential: key }) };
}
