import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "../packages/sdk/src/index.ts";
import { spawnRegistry } from "../tests/harness/registry-process.ts";
import { until } from "../tests/harness/until.ts";

/** A registry to measure: where it is, how to be allowed in, and a repository to push to. */
export interface Target {
  readonly name: string;
  readonly url: string;
  readonly headers: readonly string[];
  readonly repository: string;
  stop(): Promise<void>;
}

/** This registry, started as `npm start` does, with an empty data folder and an account. */
export async function startGati(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), "gati-bench-"));
  const server = await spawnRegistry({ data: join(folder, "data") });
  const account = { handle: "bench", password: "correct horse battery staple" };
  const { token } = await createClient({ registry: server.url }).auth.signUp(account);
  const { auth } = createClient({ registry: server.url, credential: { token } });
  const { key } = await auth.createKey({ name: "bench", scopes: ["publish"] });
  return {
    name: "gati-registry",
    url: server.url,
    headers: [`Authorization: Bearer ${key}`],
    repository: "users/bench/blobs",
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  // Listening on a port, not a pipe.
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/** Debian's docker-registry (distribution 2.8) on the file system, without accounts or logs. */
export async function startDockerRegistry(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), "docker-registry-bench-"));
  const port = await freePort();
  const config = join(folder, "config.yml");
  await writeFile(
    config,
    JSON.stringify({
      version: "0.1",
      log: { level: "error", accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(folder, "data") }, delete: { enabled: true } },
      http: { addr: `127.0.0.1:${port}` },
    }),
  );
  const child: ChildProcess = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
  child.once("error", (error) => {
    throw new Error("docker-registry cannot be started; scripts/install-tools.sh installs it", { cause: error });
  });
  const url = `http://127.0.0.1:${port}`;
  await until("docker-registry answers", () => answers(`${url}/v2/`));
  return {
    name: "docker-registry",
    url,
    headers: [],
    repository: "bench/blobs",
    async stop() {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
