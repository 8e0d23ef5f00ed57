import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Pack, pack as createPack } from "tar-stream";
import { CliError } from "../failure.ts";
import type { Digest } from "../sdk.ts";
import { fileMode } from "./file-mode.ts";
import { ReproducibleGzip } from "./gzip.ts";

/** npm's constant, which also fits into zip files: an archive without real times has the same digest tomorrow. */
const modified = new Date("1985-10-26T08:15:00.000Z");

export interface PackedArchive {
  readonly digest: Digest;
  readonly size: number;
}

async function addFile(pack: Pack, directory: string, path: string, programs: ReadonlySet<string>): Promise<void> {
  const source = join(directory, path);
  const info = await lstat(source);
  if (!info.isFile())
    throw new CliError("content_invalid", `${path} is not a regular file.`, [
      "Replace it by a file, or exclude it with `files` in package.json or .npmignore.",
    ]);
  const mode = await fileMode(source, programs.has(path));
  const entry = pack.entry({
    name: `package/${path}`,
    size: info.size,
    mode,
    mtime: modified,
    uid: 0,
    gid: 0,
    uname: "",
    gname: "",
    type: "file",
  });
  // An empty entry is complete at once; piping into it would wait for a drain that never comes.
  await pipeline(info.size === 0 ? Readable.from([]) : createReadStream(source), entry);
}

/**
 * Writes files as a gzip-compressed tar rooted at `package/`, as npm does. Names, contents and nothing else decide the
 * bytes: files are in the given order, times, owners and modes are fixed.
 *
 * @param files paths relative to `directory`, sorted
 */
export async function writeArchive(
  directory: string,
  files: readonly string[],
  programs: ReadonlySet<string>,
  destination: string,
): Promise<PackedArchive> {
  const pack = createPack();
  const hash = createHash("sha256");
  let size = 0;
  const count = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  const writing = pipeline(pack, new ReproducibleGzip(), count, createWriteStream(destination));
  const adding = (async () => {
    for (const file of files) await addFile(pack, directory, file, programs);
    pack.finalize();
  })().catch((error: unknown) => {
    pack.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  });
  // Whatever fails first ends the other; the reason is what the person needs, so `adding` is asked first.
  const [added, written] = await Promise.allSettled([adding, writing]);
  if (added.status === "rejected") throw added.reason;
  if (written.status === "rejected") throw written.reason;
  return { digest: `sha256:${hash.digest("hex")}` as Digest, size };
}
