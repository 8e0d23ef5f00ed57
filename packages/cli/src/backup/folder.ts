import { lstat, mkdir, readdir, rm, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { CliError } from "../failure.ts";
import { type BlobSink, type Digest, digestAlgorithm, digestFile, digestHex, fileSink } from "../sdk.ts";

/** Nobody but the owner: a backup holds private content and what signs people in. */
const fileMode = 0o600;
const folderMode = 0o700;

/**
 * The folder of a backup: an OCI image layout (image-spec, image-layout.md) with every manifest and blob once, and
 * beside it, in `gati/`, what OCI cannot express.
 *
 * | Path | Holds |
 * |---|---|
 * | `oci-layout`, `index.json`, `blobs/<algorithm>/<hex>` | the layout; every tag by the name `<repository>:<tag>` |
 * | `gati/export.json` | schema, and the digest of every file below; written last |
 * | `gati/<kind>.jsonl` | records of the registry's database, one per line |
 * | `gati/blobs.jsonl` | digest and size of every blob, without manifests |
 * | `gati/logs/<namespace>.jsonl` | the log of a namespace, one event per line: the truth about its versions |
 * | `gati/audit/<namespace>.jsonl` | the audit log of a namespace, one entry per line |
 * | `gati/artifacts.jsonl` | what the logs amount to, to be read by people and other tools |
 */
export class BackupFolder {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Names come from a registry or out of the folder itself. Errors: `backup_damaged` for a path that leads out of it. */
  path(...parts: string[]): string {
    const path = join(this.root, ...parts);
    if (relative(this.root, path).split(sep)[0] !== "..") return path;
    throw new CliError("backup_damaged", `${join(...parts)} lies outside of ${this.root}.`, [
      "Do not use this backup, or this registry: somebody may have prepared it to reach other files.",
    ]);
  }

  /** Path of a metadata file. */
  metadata(...parts: string[]): string {
    return this.path("gati", ...parts);
  }

  blob(digest: Digest): string {
    return this.path("blobs", digestAlgorithm(digest), digestHex(digest));
  }

  /** Where content comes in: under its name only when it is whole and right. */
  sink(digest: Digest): BlobSink {
    return fileSink(this.blob(digest), { mode: fileMode });
  }

  /** True when the content is there, of this size and with this digest. */
  async holds(digest: Digest, size: number, onRead?: (bytes: number) => void): Promise<boolean> {
    const path = this.blob(digest);
    if ((await stat(path).catch(() => undefined))?.size !== size) return false;
    const right = (await digestFile(path, digestAlgorithm(digest))) === digest;
    onRead?.(size);
    return right;
  }

  /** Makes the folder, or takes up one that an earlier export made. Errors: `directory_not_empty` for any other. */
  async prepare(): Promise<void> {
    const names: string[] = await readdir(this.root).catch((error: NodeJS.ErrnoException): string[] => {
      if (error.code === "ENOENT") return [];
      if (error.code !== "ENOTDIR") throw error;
      throw new CliError("usage", `${this.root} is no folder.`, ["Name a new or empty folder."], { cause: error });
    });
    if (names.length > 0 && !(names.includes("gati") && names.includes("oci-layout"))) {
      throw new CliError("directory_not_empty", `${this.root} holds other things than a backup.`, [
        "Name a new or empty folder, or the folder of an earlier export to bring it up to date.",
      ]);
    }
    for (const folder of ["", "gati", "gati/audit", "gati/logs", "blobs", "blobs/sha256", "blobs/sha512"])
      await mkdir(this.path(folder), { recursive: true, mode: folderMode });
    await this.write("oci-layout", `${JSON.stringify({ imageLayoutVersion: "1.0.0" })}\n`);
  }

  /** Writes a whole file or, when that fails, leaves the old one. */
  async write(path: string, text: string): Promise<void> {
    await writeFileAtomic(this.path(path), text, { mode: fileMode });
  }

  /** Removes content and logs that the backup does not name any more, and what an interrupted export left. */
  async prune(blobs: ReadonlySet<string>, files: ReadonlySet<string>): Promise<void> {
    for (const algorithm of ["sha256", "sha512"]) {
      for (const name of await readdir(this.path("blobs", algorithm)).catch(() => []))
        if (!blobs.has(`${algorithm}:${name}`)) await rm(this.path("blobs", algorithm, name));
    }
    for (const folder of ["gati", "gati/audit", "gati/logs"]) {
      for (const name of await readdir(this.path(folder))) {
        const path = `${folder}/${name}`;
        if (!files.has(path) && (await lstat(this.path(path))).isFile()) await rm(this.path(path));
      }
    }
  }
}
