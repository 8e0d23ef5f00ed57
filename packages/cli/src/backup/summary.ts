import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { CliError } from "../failure.ts";
import type { Digest } from "../sdk.ts";
import type { BackupFolder } from "./folder.ts";
import { fingerprint } from "./lines.ts";

/** The only form of a backup that there is so far. */
export const backupSchema = 1;

export interface BackupFile {
  /** From the folder's root, with `/`. */
  readonly path: string;
  readonly digest: string;
  readonly size: number;
}

export interface BackupCounts {
  readonly accounts: number;
  readonly namespaces: number;
  readonly artifacts: number;
  readonly versions: number;
  readonly manifests: number;
  readonly blobs: number;
  /** Of manifests and blobs together. */
  readonly bytes: number;
}

/** A blob that manifests name and the registry does not have. */
export interface LostContent {
  readonly digest: Digest;
  readonly repositories: readonly string[];
}

/** What is missing, for people: the first three, and how many there are. */
export function lostInWords(lost: readonly LostContent[]): string {
  const some = lost.slice(0, 3).map(({ digest, repositories }) => `${digest} of ${repositories.join(", ")}`);
  return `${some.join("; ")}${lost.length > some.length ? "; …" : ""}`;
}

/** `gati/export.json`. Two backups of the same content differ only in `registry` and `exportedAt`. */
export interface BackupSummary extends BackupCounts {
  readonly schema: number;
  /** Digest of `schema`, `kinds` and `files`: what an import is known by. */
  readonly id: Digest;
  readonly registry: string;
  readonly exportedAt: string;
  /** Kinds of records, in the order in which they are put back. */
  readonly kinds: readonly string[];
  readonly files: readonly BackupFile[];
  /** What is not in the backup because the registry has lost it; absent when nothing is. */
  readonly lost?: readonly LostContent[];
}

export function backupId(schema: number, kinds: readonly string[], files: readonly BackupFile[]): Digest {
  const stated = files.map(({ path, digest, size }) => [path, digest, size]);
  return `sha256:${createHash("sha256")
    .update(JSON.stringify([schema, kinds, stated]))
    .digest("hex")}` as Digest;
}

/** Digests of metadata files, in the order of their paths. */
export async function listFiles(folder: BackupFolder, paths: readonly string[]): Promise<BackupFile[]> {
  const files: BackupFile[] = [];
  for (const path of paths.toSorted()) files.push({ path, ...(await fingerprint(folder.path(path))) });
  return files;
}

const again = [
  "Export it again: `gati admin export` takes up the same folder and fetches only what is missing or damaged.",
];

/** What a finished backup says about itself; undefined when there is none. Errors: `backup_damaged`, naming the file. */
export async function readSummary(folder: BackupFolder): Promise<BackupSummary | undefined> {
  const path = folder.metadata("export.json");
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const damaged = new CliError("backup_damaged", `${path} is not what an export wrote.`, again);
  let summary: BackupSummary;
  try {
    summary = JSON.parse(text) as BackupSummary;
  } catch {
    throw damaged;
  }
  if (typeof summary?.schema !== "number") throw damaged;
  if (summary.schema !== backupSchema) {
    throw new CliError("backup_damaged", `${path} is of schema ${summary.schema}; this gati reads ${backupSchema}.`, [
      "Use the release of gati that wrote it, or a later one.",
    ]);
  }
  const { schema, kinds, files, id } = summary;
  if (!Array.isArray(kinds) || !Array.isArray(files) || backupId(schema, kinds, files) !== id) throw damaged;
  return summary;
}

/** Whether a metadata file is still what the summary says. */
export async function isIntact(folder: BackupFolder, file: BackupFile): Promise<boolean> {
  const actual = await fingerprint(folder.path(file.path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  return actual?.digest === file.digest && actual.size === file.size;
}

/** Compares every metadata file with the summary. Errors: `backup_damaged`, naming the first that differs. */
export async function assertIntact(folder: BackupFolder, summary: BackupSummary): Promise<void> {
  for (const file of summary.files) {
    if (await isIntact(folder, file)) continue;
    throw new CliError("backup_damaged", `${folder.path(file.path)} is missing or was changed.`, again, {
      details: { file: file.path },
    });
  }
}
