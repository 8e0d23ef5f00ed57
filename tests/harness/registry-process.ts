import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const entry = fileURLToPath(new URL("../../server/start.ts", import.meta.url));
/** One user does in seconds what people do in days; everything is counted all the same. */
const wideLimits = "read=1000000/1s write=1000000/1s publish=1000000/1s";
const readyLine = /^Gati Registry ready: (http:\/\/\S+)$/;

export interface RegistryProcess {
  readonly url: string;
  readonly pid: number;
  /** Everything printed on standard output up to the ready line and after it. */
  readonly output: readonly string[];
  /** Everything printed on standard error so far. */
  errors(): string;
  /** Ends the server as Ctrl-C does and resolves with its exit code. */
  stop(): Promise<number | null>;
  /** Ends the server as a crash does. Resolves when it has gone and nothing answers on its port any more. */
  kill(): Promise<void>;
}

export interface ProcessOptions {
  readonly data: string;
  readonly port?: number;
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
}

/** Thrown by `spawnRegistry` when the server ends before it is ready. */
export class ExitedEarly extends Error {
  readonly exitCode: number | null;
  readonly stderr: string;

  constructor(exitCode: number | null, stderr: string) {
    super(`The registry ended before it was ready (exit code ${exitCode}): ${stderr}`);
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

/** Starts the command without waiting for it to be ready. */
export function launchRegistry(options: ProcessOptions): ChildProcess {
  const args = ["--data", options.data, "--port", String(options.port ?? 0), ...(options.args ?? ["--empty"])];
  return spawn(process.execPath, [entry, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      GATI_DATA: undefined,
      GATI_PORT: undefined,
      GATI_HOST: undefined,
      GATI_LIMITS: wideLimits,
      ...options.env,
    },
  });
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url, { signal: AbortSignal.timeout(2000) });
    return true;
  } catch {
    return false;
  }
}

/** Starts `node server/start.ts` and resolves at its ready line. Throws `ExitedEarly` when that never comes. */
export async function spawnRegistry(options: ProcessOptions): Promise<RegistryProcess> {
  const child = launchRegistry(options);
  const exit = once(child, "exit");
  const output: string[] = [];
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  if (!child.stdout || child.pid === undefined) throw new ExitedEarly(null, "it was not started");
  const lines = createInterface({ input: child.stdout });
  const url = await new Promise<string>((resolve, reject) => {
    lines.on("line", (line) => {
      output.push(line);
      const found = readyLine.exec(line)?.[1];
      if (found) resolve(found);
    });
    exit.then(([code]) => reject(new ExitedEarly(code as number | null, stderr)), reject);
  });
  return {
    url,
    pid: child.pid,
    output,
    errors: () => stderr,
    async stop() {
      child.kill("SIGTERM");
      await exit;
      return child.exitCode;
    },
    async kill() {
      child.kill("SIGKILL");
      await exit;
      while (await answers(url));
    },
  };
}

export interface Operator {
  readonly handle: string;
  readonly password: string;
}

export const testOperator: Operator = { handle: "test-operator", password: "correct horse battery staple" };

/** A registry in a data folder of its own that can crash, stop and start again at the same address. */
export class RestartableRegistry {
  readonly data: string;
  #process: RegistryProcess | undefined;
  #port = 0;

  readonly #env: Record<string, string>;

  private constructor(data: string, env: Record<string, string>) {
    this.data = data;
    this.#env = env;
  }

  static async start(env: Record<string, string> = {}): Promise<RestartableRegistry> {
    const registry = new RestartableRegistry(await mkdtemp(join(tmpdir(), "gati-test-")), env);
    await registry.start();
    return registry;
  }

  get url(): string {
    if (!this.#process) throw new Error("the registry is not running");
    return this.#process.url;
  }

  get pid(): number {
    if (!this.#process) throw new Error("the registry is not running");
    return this.#process.pid;
  }

  async start(): Promise<void> {
    const operator = { GATI_ADMIN_HANDLE: testOperator.handle, GATI_ADMIN_PASSWORD: testOperator.password };
    const env = { ...operator, ...this.#env };
    this.#process = await spawnRegistry({ data: this.data, port: this.#port, env });
    this.#port = Number(new URL(this.#process.url).port);
  }

  async stop(): Promise<number | null> {
    const code = (await this.#process?.stop()) ?? null;
    this.#process = undefined;
    return code;
  }

  /** SIGKILL, as a crash or the out-of-memory killer would. */
  async crash(): Promise<void> {
    await this.#process?.kill();
    this.#process = undefined;
  }

  /** Bearer token of `POST /api/v1/setup`. */
  async setupToken(): Promise<string> {
    const secrets: { setupToken: string } = JSON.parse(await readFile(join(this.data, "secrets.json"), "utf8"));
    return secrets.setupToken;
  }

  /** Stops the server and deletes its data. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.data, { recursive: true, force: true });
  }
}
