import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as delay } from "node:timers/promises";
import { runsCommand } from "./processes.ts";
import { StartError } from "./start-error.ts";

const launcher = fileURLToPath(new URL("workerd-launcher.sh", import.meta.url));
const workerd: { readonly default: string } = createRequire(import.meta.url)("workerd");
const orphanPatienceMs = 10_000;

/** A workerd left behind by a server that was killed in the same instant; it holds the port and the databases. */
async function removeOrphan(pidFile: string): Promise<void> {
  let pid: number;
  try {
    pid = Number(readFileSync(pidFile, "utf8"));
  } catch {
    return;
  }
  if (!Number.isInteger(pid) || pid <= 1) return;
  const deadline = Date.now() + orphanPatienceMs;
  while (runsCommand(pid, "workerd")) {
    if (Date.now() > deadline) throw new StartError(`An earlier runtime (process ${pid}) does not stop.`);
    process.kill(pid, "SIGKILL");
    await delay(10);
  }
}

export interface Lifeline {
  /** Environment of the runtime process, read by `workerd-launcher.sh`. */
  readonly environment: Record<string, string>;
  /** Lets go: a runtime that still runs dies at once. */
  readonly release: () => void;
}

/**
 * Ties the life of the runtime that Miniflare starts to the life of this process (see `workerd-launcher.sh`) and
 * removes one that an earlier server of this data folder left behind. The data folder must be locked.
 */
export async function holdLifeline(dataFolder: string): Promise<Lifeline> {
  const pidFile = join(dataFolder, "workerd.pid");
  await removeOrphan(pidFile);
  // Windows has no FIFO; there Miniflare starts workerd itself.
  if (process.platform === "win32") return { environment: {}, release: () => undefined };
  const fifo = join(dataFolder, "lifeline");
  rmSync(fifo, { force: true });
  execFileSync("mkfifo", ["-m", "600", fifo]);
  // Opening for reading and writing is what does not wait for a peer. Node marks the descriptor close-on-exec.
  const descriptor = openSync(fifo, "r+");
  process.env["MINIFLARE_WORKERD_PATH"] = launcher;
  process.env["GATI_WORKERD"] = workerd.default;
  return {
    environment: { GATI_LIFELINE: fifo, GATI_RUNTIME_PID: pidFile },
    release: () => {
      closeSync(descriptor);
      rmSync(fifo, { force: true });
      rmSync(pidFile, { force: true });
    },
  };
}
