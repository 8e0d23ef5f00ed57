import { readFileSync, readdirSync } from "node:fs";

/** Clock ticks per second of /proc; the kernel shows 100 to programs on every architecture that Node runs on. */
const ticksPerSecond = 100;

interface Entry {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

function read(pid: string): Entry[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name is in parentheses and may hold anything; what follows it has fixed places.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return [{ pid: Number(pid), parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }];
  } catch {
    return [];
  }
}

/**
 * Seconds of processor time that a process and everything it started have used so far; undefined where there is no
 * /proc. Unlike the clock it does not grow when other programs compete for the processors.
 */
export function cpuSeconds(root: number): number | undefined {
  let entries: Entry[];
  try {
    entries = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap(read);
  } catch {
    return undefined;
  }
  const family = new Set([root]);
  // Parents are looked for until no more children turn up: a child can have a smaller number than its parent.
  for (let before = 0; before < family.size;) {
    before = family.size;
    for (const { pid, parent } of entries) if (family.has(parent)) family.add(pid);
  }
  const ticks = entries.reduce((sum, entry) => sum + (family.has(entry.pid) ? entry.ticks : 0), 0);
  return ticks / ticksPerSecond;
}
