import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { freemem } from "node:os";

const wanted = 2_000_000_000;
const piece = 64_000_000;

/** Fills `bytes` of memory, says so, and keeps them until it is ended. */
const holder = `
  const pieces = [];
  for (let left = Number(process.argv[1]); left > 0; left -= ${piece}) pieces.push(Buffer.alloc(${piece}, 1));
  process.stdout.write("held");
  process.stdin.resume().on("end", () => process.exit(0));`;

/**
 * Memory that the operating system has at hand when a measurement begins. A virtual machine gives memory that lies free
 * for a few seconds back to its host, and to get it again costs up to three seconds per gigabyte, several times what
 * writing a file of that size costs. A bench that writes new files after every pause would measure little else, while a
 * server in use, whose memory is full of cached files, never sees it. So the bench holds memory while it prepares a
 * round and lets go of it just before the clock starts.
 */
export class MemoryReserve {
  #holder: ChildProcess | undefined;

  /** Holds the memory; nothing happens when it is held already. */
  async take(): Promise<void> {
    if (this.#holder) return;
    const bytes = Math.min(wanted, Math.floor(freemem() / 2));
    const child = spawn(process.execPath, ["-e", holder, String(bytes)], { stdio: ["pipe", "pipe", "inherit"] });
    this.#holder = child;
    await once(child.stdout as NonNullable<typeof child.stdout>, "data");
  }

  /** Resolves when the memory is free. */
  async release(): Promise<void> {
    const child = this.#holder;
    if (!child) return;
    this.#holder = undefined;
    const exited = once(child, "exit");
    child.stdin?.end();
    await exited;
  }
}
