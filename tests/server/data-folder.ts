import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type RegistryProcess, type ProcessOptions, spawnRegistry } from "../harness/registry-process.ts";

/** A data folder that goes when the test is over. */
export async function newDataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gati-server-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "data");
}

/** A server that stops when the test is over, if it still runs. */
export async function startForTest(options: ProcessOptions): Promise<RegistryProcess> {
  const server = await spawnRegistry(options);
  onTestFinished(async () => {
    await server.stop();
  });
  return server;
}
