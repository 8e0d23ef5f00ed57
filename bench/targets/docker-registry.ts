import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../tests/harness/until.ts";
import { freePort } from "./free-port.ts";
import type { Target } from "./target.ts";

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/** Debian's docker-registry (distribution 2.8) on the file system as it comes, but without accounts and logs. */
export async function startDockerRegistry(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), "docker-registry-bench-"));
  const port = await freePort();
  const config = join(folder, "config.yml");
  await writeFile(
    config,
    JSON.stringify({
      version: "0.1",
      log: { level: "error", accesslog: { disabled: true } },
      storage: {
        filesystem: { rootdirectory: join(folder, "data") },
        delete: { enabled: true },
        cache: { blobdescriptor: "inmemory" },
      },
      http: { addr: `127.0.0.1:${port}` },
    }),
  );
  const child = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
  const failed = once(child, "error").then(([cause]) => {
    throw new Error("docker-registry cannot be started; scripts/install-tools.sh installs it", { cause });
  });
  failed.catch(() => undefined);
  const url = `http://127.0.0.1:${port}`;
  await Promise.race([failed, until("docker-registry answers", () => answers(`${url}/v2/`))]);
  return {
    name: "docker-registry",
    url,
    pid: child.pid ?? 0,
    authorize: async () => undefined,
    repository: (name) => `bench/${name}`,
    async stop() {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
