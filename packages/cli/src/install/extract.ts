import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Transform, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Parser, type ReadEntry, Unpack } from "tar";
import { CliError } from "../failure.ts";
import { type ArchiveLimits, checkEntry, defaultLimits, tooLarge, unsafe } from "./archive-policy.ts";

async function isGzip(path: string): Promise<boolean> {
  const handle = await open(path, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

/** Counts what comes out of the decompressor, so that a small archive cannot become an endless one. */
function limiter(maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length;
      if (bytes > maxBytes) done(tooLarge("bytes", maxBytes));
      else done(null, chunk);
    },
  });
}

/** Feeds the decompressed archive to a tar reader. Damage is reported as `archive_unsafe`. */
async function readArchive(path: string, reader: Parser | Unpack, limits: ArchiveLimits): Promise<void> {
  const compressed = await isGzip(path);
  const stages = [
    createReadStream(path),
    ...(compressed ? [createGunzip()] : []),
    limiter(limits.maxBytes),
    reader as unknown as Writable,
  ];
  try {
    await pipeline(stages);
  } catch (error) {
    if (error instanceof CliError) throw error;
    const cause = error as NodeJS.ErrnoException & { tarCode?: string };
    if (cause.tarCode !== undefined || cause.code?.startsWith("Z_"))
      throw unsafe(`it is damaged (${cause.message})`, { code: cause.tarCode ?? cause.code });
    throw error;
  }
}

/**
 * Reads the whole archive without writing anything and applies the policy to every entry.
 * Resolves to the number of leading directories to drop: 1 when everything is in one directory (npm's `package/`).
 */
async function inspect(path: string, limits: ArchiveLimits): Promise<number> {
  let entries = 0;
  let files = 0;
  const roots = new Set<string>();
  let looseFile = false;
  const parser = new Parser({ strict: true });
  const check = (entry: ReadEntry): void => {
    entries += 1;
    if (entries > limits.maxEntries) throw tooLarge("entries", limits.maxEntries);
    const segments = checkEntry(entry);
    if (segments[0] !== undefined) roots.add(segments[0]);
    if (entry.type !== "Directory") {
      files += 1;
      looseFile ||= segments.length < 2;
    }
  };
  const visit = (entry: ReadEntry): void => {
    try {
      check(entry);
      entry.resume();
    } catch (error) {
      parser.abort(error as Error);
    }
  };
  parser.on("entry", visit);
  parser.on("ignoredEntry", visit);
  await readArchive(path, parser, limits);
  if (files === 0) throw unsafe("it holds no files", {});
  return roots.size === 1 && !looseFile ? 1 : 0;
}

/**
 * Unpacks a tar or tar.gz into `directory`, which must exist. The archive is read twice: only when every entry was found
 * harmless is the first byte written. Modes become 0644 or 0755, owners and times are not restored.
 *
 * @throws CliError `archive_unsafe` for traversal, absolute paths, links, devices, damage and archives above the limits
 */
export async function extractArchive(
  path: string,
  directory: string,
  limits: ArchiveLimits = defaultLimits,
): Promise<void> {
  const strip = await inspect(path, limits);
  const unpack = new Unpack({
    cwd: directory,
    strict: true,
    strip,
    noMtime: true,
    preserveOwner: false,
    dmode: 0o755,
    filter: (_path, entry) => {
      const { mode } = entry as ReadEntry;
      // Also takes set-user-id and sticky bits away.
      (entry as ReadEntry).mode = (mode ?? 0) & 0o111 ? 0o755 : 0o644;
      return true;
    },
  });
  await readArchive(path, unpack, limits);
}
