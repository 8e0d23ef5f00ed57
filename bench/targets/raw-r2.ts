import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./free-port.ts";
import type { Target } from "./target.ts";

const server = fileURLToPath(new URL("raw-r2-server.ts", import.meta.url));
export const rawR2 = "raw R2.put";

/** A simulated R2 bucket behind a worker of ten lines, in the runtime that the registry uses too. */
export async function startRawR2(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), "raw-r2-bench-"));
  const port = await freePort();
  const child = spawn(process.execPath, [server, String(port), folder], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  await Promise.race([
    once(child.stdout, "data"),
    exited.then(() => Promise.reject(new Error("the raw R2 worker does not start"))),
  ]);
  return {
    name: rawR2,
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    authorize: async () => undefined,
    repository: (name) => name,
    async stop() {
      child.stdin.end();
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
