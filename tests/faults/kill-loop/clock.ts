import { readdirSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";

const hour = 60 * 60 * 1000;
/** What the collector promises: see workers/domains/blobs/garbage.ts. */
const linkGrace = 24 * hour;
const objectGrace = hour;
/**
 * An alarm finishes what a crash cut off within five seconds of the next start. For anything younger than this, moving
 * the dates would claim that a day passed before that alarm, which cannot be.
 */
const settledAfter = 10_000;

/**
 * Lets a day pass for the garbage collector while the server is down: moves the due dates of everything that was listed
 * more than ten seconds ago into the past. Returns the time before which things were listed.
 */
export function letADayPass(data: string): number {
  const before = Date.now() - settledAfter;
  ageDatabase(data, before);
  return before;
}

/** The same for the objects as well: the consistency check takes younger ones for those of requests under way. */
export function letObjectsAge(data: string): void {
  const folder = join(data, "objects");
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const yesterday = (statSync(path).mtimeMs - linkGrace) / 1000;
    utimesSync(path, yesterday, yesterday);
  }
}

/** Resolves when everything that was written before this call is old enough to let a day pass for it. */
export const settled = (): Promise<void> => delay(settledAfter);

function ageDatabase(data: string, before: number): void {
  const folder = join(data, "v3", "d1", "miniflare-D1DatabaseObject");
  const file = readdirSync(folder).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  if (!file) throw new Error(`there is no database in ${folder}`);
  const database = new DatabaseSync(join(folder, file));
  try {
    database.prepare("UPDATE gc_candidates SET due_at = due_at - ?1 WHERE due_at - ?1 < ?2").run(linkGrace, before);
    database.prepare("UPDATE gc_objects SET due_at = due_at - ?1 WHERE due_at - ?1 < ?2").run(objectGrace, before);
  } finally {
    database.close();
  }
}
