import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const block = 64 * 1024;

/** Runs a command that only root may run: as root directly, otherwise with sudo, which must not ask. */
function asRoot(command: string, ...args: string[]): void {
  const root = process.getuid?.() === 0;
  execFileSync(root ? command : "sudo", root ? args : ["-n", command, ...args], { stdio: "inherit" });
}

/** A disk of its own that is easy to fill, mounted in a temporary folder. */
export class SmallDisk {
  readonly folder: string;
  readonly #ballast: string;

  /** `size` in bytes. */
  constructor(size: number) {
    this.folder = mkdtempSync(join(tmpdir(), "gati-disk-"));
    this.#ballast = join(this.folder, "ballast");
    asRoot("mount", "-t", "tmpfs", "-o", `size=${size},mode=1777`, "gati-test", this.folder);
  }

  /** Takes every byte that is left. */
  fill(): void {
    const file = openSync(this.#ballast, "a");
    try {
      for (let size = block; size > 0;) {
        try {
          writeSync(file, new Uint8Array(size));
        } catch (error) {
          if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
          size = Math.floor(size / 2);
        }
      }
    } finally {
      closeSync(file);
    }
  }

  /** Gives back what `fill` took. */
  makeRoom(): void {
    rmSync(this.#ballast, { force: true });
  }

  remove(): void {
    asRoot("umount", "-l", this.folder);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
