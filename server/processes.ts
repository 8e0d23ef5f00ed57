import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { systemCode } from "./start-error.ts";

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM means that the process lives and belongs to someone else.
    return systemCode(error) === "EPERM";
  }
}

interface ProcessFacts {
  readonly command: string;
  readonly started: string;
}

/** Linux keeps these facts in /proc; elsewhere `ps` knows them. Undefined for a process that is gone or a zombie. */
function facts(pid: number): ProcessFacts | undefined {
  if (process.platform === "linux") {
    let stat: string;
    try {
      stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    } catch {
      return undefined;
    }
    // "pid (comm) state ppid …": comm may itself hold spaces and brackets. Field 22 is the start time in ticks.
    const end = stat.lastIndexOf(")");
    const fields = stat.slice(end + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    return { command: stat.slice(stat.indexOf("(") + 1, end), started: fields[19] ?? "" };
  }
  try {
    const text = execFileSync("ps", ["-o", "stat=,lstart=,comm=", "-p", String(pid)], { encoding: "utf8" }).trim();
    const match = /^(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(.*)$/.exec(text);
    if (!match || match[1]?.startsWith("Z")) return undefined;
    return { command: match[3] ?? "", started: match[2] ?? "" };
  } catch {
    return undefined;
  }
}

/** A process as it can be recognised later: pids are used again, a pid with its start time is not. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
}

export function identify(pid: number): ProcessIdentity {
  return { pid, started: facts(pid)?.started ?? "" };
}

/** True while exactly this process runs; false once it is gone, a zombie, or another process has its pid. */
export function isRunning(identity: ProcessIdentity): boolean {
  if (!exists(identity.pid)) return false;
  return facts(identity.pid)?.started === identity.started;
}

/** True while `pid` runs a program whose name contains `command`. */
export function runsCommand(pid: number, command: string): boolean {
  return exists(pid) && (facts(pid)?.command.includes(command) ?? false);
}
