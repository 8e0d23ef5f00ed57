import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setInterval } from "node:timers/promises";
import type { RestartableRegistry } from "../../harness/registry-process.ts";

const sampleEvery = 50;
export const megabyte = 1_000_000;

/** Resident memory of a process in bytes. Linux keeps it in /proc; elsewhere `ps` knows it. */
function residentBytes(pid: number): number {
  if (process.platform === "linux") {
    const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kibibytes) * 1024;
  }
  return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) * 1024;
}

/** Runs `work` and returns by how many bytes the server's two processes together grew at most meanwhile. */
export async function peakGrowth(registry: RestartableRegistry, work: () => Promise<void>): Promise<number> {
  const runtime = Number(readFileSync(join(registry.data, "workerd.pid"), "utf8"));
  const resident = () => residentBytes(registry.pid) + residentBytes(runtime);
  const before = resident();
  let peak = before;
  const stop = new AbortController();
  const sampling = (async () => {
    for await (const _ of setInterval(sampleEvery, undefined, { signal: stop.signal }))
      peak = Math.max(peak, resident());
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  try {
    await work();
  } finally {
    stop.abort();
    await sampling;
  }
  return Math.max(peak, resident()) - before;
}
