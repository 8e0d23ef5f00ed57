import { open } from "node:fs/promises";

const elf = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
const machO = new Set([0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe]);

/**
 * 0755 for declared programs, scripts with `#!` and native executables, 0644 for the rest. The file system's own bit
 * is not asked: Windows has none and a checkout may lose it, and the same content must give the same archive.
 */
export async function fileMode(path: string, isProgram: boolean): Promise<0o644 | 0o755> {
  if (isProgram) return 0o755;
  const handle = await open(path, "r");
  try {
    const head = Buffer.alloc(4);
    const { bytesRead } = await handle.read(head, 0, 4, 0);
    if (bytesRead >= 2 && head.subarray(0, 2).toString("latin1") === "#!") return 0o755;
    return bytesRead === 4 && (head.equals(elf) || machO.has(head.readUInt32BE())) ? 0o755 : 0o644;
  } finally {
    await handle.close();
  }
}
