import { gzipSync } from "node:zlib";

const block = 512;

function header(path: string, size: number): Buffer {
  const bytes = Buffer.alloc(block);
  bytes.write(path, 0, 100, "utf8");
  bytes.write("0000644\0", 100);
  bytes.write("0000000\0", 108);
  bytes.write("0000000\0", 116);
  bytes.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  // Time 0: the same files always give the same archive.
  bytes.write("00000000000\0", 136);
  bytes.write("        ", 148);
  bytes.write("0", 156);
  bytes.write("ustar\u000000", 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return bytes;
}

/** A reproducible gzip-compressed tar of `files` under `package/`, as the CLI packs content layers. */
export function packFiles(files: Readonly<Record<string, string>>): Uint8Array {
  const parts: Buffer[] = [];
  for (const [path, text] of Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const content = Buffer.from(text, "utf8");
    parts.push(
      header(`package/${path}`, content.length),
      content,
      Buffer.alloc((block - (content.length % block)) % block),
    );
  }
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * block)]), { level: 9 });
}
