import { spawn } from "node:child_process";
import { createHash, randomFillSync } from "node:crypto";
import { once } from "node:events";
import { open, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { curl } from "../clients/curl.ts";
import { MemoryReserve } from "../memory-reserve.ts";
import type { Section } from "../report/section.ts";
import type { BlobFolder } from "../sample-blob.ts";
import { settled } from "../settle.ts";
import { median } from "../statistics.ts";
import { timed } from "../timed.ts";

/** Larger writes make the kernel look for larger pieces of memory, which a virtual machine may have to get from its host. */
const piece = 64 * 1024;

async function write(path: string, bytes: Buffer, flush: boolean): Promise<void> {
  const file = await open(path, "w");
  try {
    for (let at = 0; at < bytes.byteLength; at += piece)
      await file.write(bytes, at, Math.min(piece, bytes.byteLength - at));
    if (flush) await file.datasync();
  } finally {
    await file.close();
  }
}

async function withSink<T>(work: (url: string) => Promise<T>): Promise<T> {
  const path = fileURLToPath(new URL("sink.ts", import.meta.url));
  const child = spawn(process.execPath, [path], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  try {
    const [port] = (await once(child.stdout, "data")) as [Buffer];
    return await work(`http://127.0.0.1:${Number(port.toString())}`);
  } finally {
    child.stdin.end();
    await exited;
  }
}

/** What the machine can do at best with the bytes of one large blob: no registry is faster than these together. */
export async function measureLimits(size: number, runs: number, blobs: BlobFolder): Promise<Section> {
  const folder = await mkdtemp(join(tmpdir(), "gati-bench-limits-"));
  const reserve = new MemoryReserve();
  const bytes = Buffer.allocUnsafeSlow(size);
  const copy = Buffer.allocUnsafeSlow(size);
  const files: string[] = [];
  const fresh = (): string => {
    files.push(join(folder, String(files.length)));
    return files.at(-1) as string;
  };
  try {
    const sample = await blobs.fresh(size);
    const rows = await withSink(async (url) => {
      const sink = { target: { name: "sink", url } };
      const works: Record<string, () => Promise<number>> = {
        "copy in memory": () => timed(async () => void bytes.copy(copy)),
        "SHA-256": () => timed(async () => void createHash("sha256").update(bytes).digest()),
        "curl to a socket that throws it away": async () =>
          (await curl(sink, 201, `${url}/`, ["-X", "PUT", "-T", sample.file])).seconds,
        "new file, left to the page cache": () => timed(() => write(fresh(), bytes, false)),
        "the same file read again": () => timed(() => readFile(files.at(-1) as string)),
        "new file, forced to the disk": () => timed(() => write(fresh(), bytes, true)),
      };
      const seconds = new Map<string, number[]>();
      for (let round = 0; round <= runs; round++) {
        randomFillSync(bytes);
        for (const [name, work] of Object.entries(works)) {
          const value = await settled(reserve, name.startsWith("new file") ? size : 0, work);
          if (round > 0) seconds.set(name, [...(seconds.get(name) ?? []), value]);
        }
      }
      return [...seconds].map(([name, values]) => ({ name, seconds: median(values) }));
    });
    const cells = rows.map((row) => [
      row.name,
      `${row.seconds.toFixed(3)} s`,
      `${Math.round(size / row.seconds / 1e6)} MB/s`,
    ]);
    return {
      name: "limits",
      text: (table) => table([`the machine, ${size / 1e6} MB`, "median", "rate"], cells),
      data: rows,
    };
  } finally {
    await reserve.release();
    await rm(folder, { recursive: true, force: true });
  }
}
