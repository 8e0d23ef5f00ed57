import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { RestartableRegistry } from "../../harness/registry-process.ts";
import { until } from "../../harness/until.ts";

/** What dies: the server whose runtime follows it, both in the same instant, or the runtime alone. */
export const victims = ["server", "server and runtime", "runtime"] as const;
export type Victim = (typeof victims)[number];

const runtimeOf = async (registry: RestartableRegistry) =>
  Number(await readFile(join(registry.data, "workerd.pid"), "utf8"));

/** SIGKILL. Resolves when nothing answers any more; of a runtime alone, when the server has started the next. */
export async function kill(registry: RestartableRegistry, victim: Victim): Promise<void> {
  const runtime = await runtimeOf(registry);
  if (victim !== "server") process.kill(runtime, "SIGKILL");
  if (victim !== "runtime") return registry.crash();
  await until("another runtime", async () => (await runtimeOf(registry)) !== runtime);
  await until("it answers", async () => (await fetch(`${registry.url}/health`).catch(() => undefined))?.ok);
}
