import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ProcessIdentity, identify, isRunning } from "./processes.ts";
import { StartError, systemCode } from "./start-error.ts";

function readHolder(path: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof value !== "object" || value === null || !("pid" in value) || !("started" in value)) return undefined;
    const { pid, started } = value;
    return typeof pid === "number" && typeof started === "string" ? { pid, started } : undefined;
  } catch {
    // Missing, or cut short by a crash while it was written: nobody holds it.
    return undefined;
  }
}

/**
 * Moves a dead lock out of the way. Another server may have done the same and taken the folder since we looked;
 * what was moved is then its live lock, which goes back.
 */
function moveAside(path: string, aside: string, expected: ProcessIdentity | undefined): void {
  try {
    renameSync(path, aside);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
    throw error;
  }
  const moved = readHolder(aside);
  if (moved?.pid === expected?.pid && moved?.started === expected?.started) return;
  linkSync(aside, path);
}

/**
 * Takes the data folder for this process, so that two servers never write the same databases. A lock left by a
 * process that no longer runs is taken over. Throws `StartError` when a live server holds it.
 * Returns the function that gives the folder back.
 */
export function lockDataFolder(folder: string): () => void {
  const path = join(folder, "server.lock");
  const mine = join(folder, `server.lock.${randomUUID()}`);
  writeFileSync(mine, JSON.stringify(identify(process.pid)), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        // link() is atomic and, unlike open with "wx", never shows other servers a half-written file.
        linkSync(mine, path);
        return () => rmSync(path, { force: true });
      } catch (error) {
        if (systemCode(error) !== "EEXIST") throw error;
      }
      const holder = readHolder(path);
      if (holder && isRunning(holder)) {
        throw new StartError(`${folder} is in use by another registry server (process ${holder.pid}).`);
      }
      moveAside(path, `${mine}.stale`, holder);
    }
    throw new StartError(`${folder} is being taken by another registry server at this moment.`);
  } finally {
    rmSync(mine, { force: true });
    rmSync(`${mine}.stale`, { force: true });
  }
}
