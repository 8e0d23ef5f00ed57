import type { ReadEntry } from "tar";
import { CliError } from "../failure.ts";

export interface ArchiveLimits {
  readonly maxEntries: number;
  /** Bytes after decompression, headers included. */
  readonly maxBytes: number;
}

/** Far above any real module, far below what fills a disk unnoticed. */
export const defaultLimits: ArchiveLimits = { maxEntries: 100_000, maxBytes: 4 * 1024 ** 3 };

export function unsafe(problem: string, details: Record<string, unknown>): CliError {
  return new CliError(
    "archive_unsafe",
    `The archive was not unpacked: ${problem}.`,
    ["Do not use this version. Tell its publisher and the registry's operator what the message says."],
    {
      details,
    },
  );
}

export function tooLarge(what: string, limit: number): CliError {
  return new CliError("archive_unsafe", `The archive was not unpacked: it has more than ${limit} ${what}.`, [
    "If you trust the publisher, raise the limit: GATI_MAX_UNPACKED_BYTES and GATI_MAX_UNPACKED_FILES.",
  ]);
}

/** Reads the limits, which the environment may raise. Throws `usage` when a value is not a whole number. */
export function limitsFrom(env: NodeJS.ProcessEnv): ArchiveLimits {
  const read = (name: string, standard: number): number => {
    const text = env[name];
    if (text === undefined || text === "") return standard;
    if (/^\d+$/.test(text)) return Number(text);
    throw new CliError("usage", `${name} is "${text}", which is not a whole number.`, [
      `Set ${name} to a number such as ${standard}, or leave it out.`,
    ]);
  };
  return {
    maxEntries: read("GATI_MAX_UNPACKED_FILES", defaultLimits.maxEntries),
    maxBytes: read("GATI_MAX_UNPACKED_BYTES", defaultLimits.maxBytes),
  };
}

/** The parts of a safe relative path. Throws `archive_unsafe` for any way out of the directory, on any platform. */
export function safeSegments(path: string): string[] {
  if (path.includes("\0") || path.includes("\\"))
    throw unsafe(`the name ${JSON.stringify(path)} has a character that no file name may have`, { path });
  if (path.startsWith("/") || /^[a-zA-Z]:/.test(path))
    throw unsafe(`the name ${JSON.stringify(path)} is an absolute path`, { path });
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  if (segments.includes(".."))
    throw unsafe(`the name ${JSON.stringify(path)} leads out of the module's directory`, { path });
  return segments;
}

const allowed = new Set(["File", "OldFile", "ContiguousFile", "Directory"]);
const descriptions: Readonly<Record<string, string>> = {
  SymbolicLink: "a symbolic link",
  Link: "a hard link",
  CharacterDevice: "a device",
  BlockDevice: "a device",
  FIFO: "a pipe",
};

/**
 * Refuses an entry that is anything but a file or directory inside the module. Links are refused whatever they point
 * at: whether one stays inside depends on the others, and modules have no need of them (npm drops them too).
 */
export function checkEntry(entry: Pick<ReadEntry, "path" | "type" | "linkpath">): string[] {
  const segments = safeSegments(entry.path);
  if (!allowed.has(entry.type)) {
    const target = entry.linkpath ? ` to ${JSON.stringify(entry.linkpath)}` : "";
    throw unsafe(
      `${JSON.stringify(entry.path)} is ${descriptions[entry.type] ?? `an entry of type ${entry.type}`}${target}`,
      { path: entry.path, type: entry.type },
    );
  }
  return segments;
}
