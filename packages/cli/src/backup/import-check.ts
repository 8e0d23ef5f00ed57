import pLimit from "p-limit";
import { CliError } from "../failure.ts";
import type { Digest } from "../sdk.ts";
import type { Output } from "../terminal/output.ts";
import { startProgress } from "../terminal/progress.ts";
import type { BackupFolder } from "./folder.ts";
import { readJsonLines } from "./lines.ts";
import { type LoggedEvent, LogReplay } from "./log-replay.ts";
import { assertIntact, type BackupSummary } from "./summary.ts";

const parallelChecks = 2;

/** What a backup consists of. */
export interface BackupContent {
  /** Paths of the logs. */
  readonly logs: readonly string[];
  /** Paths of the audit logs. */
  readonly auditLogs: readonly string[];
  /** Number of the last event of each log, by its path. */
  readonly lastSeq: ReadonlyMap<string, number>;
  /** Blobs, and manifests that are too large for their log: what is sent by itself. */
  readonly sent: ReadonlyMap<Digest, number>;
  /** Every manifest and blob. */
  readonly all: ReadonlyMap<Digest, number>;
}

/** Reads what a backup consists of, from files that are what the summary says. Errors: `backup_damaged`. */
export async function readContent(folder: BackupFolder, summary: BackupSummary): Promise<BackupContent> {
  await assertIntact(folder, summary);
  const paths = summary.files.map(({ path }) => path);
  const logs = paths.filter((path) => path.startsWith("gati/logs/"));
  const auditLogs = paths.filter((path) => path.startsWith("gati/audit/"));
  const replay = new LogReplay();
  const lastSeq = new Map<string, number>();
  for (const path of logs) {
    for await (const event of readJsonLines<LoggedEvent>(folder.path(path))) {
      replay.apply(event);
      lastSeq.set(path, event.seq);
    }
  }
  const sent = new Map<Digest, number>();
  for await (const blob of readJsonLines<{ digest: Digest; size: number }>(folder.metadata("blobs.jsonl")))
    sent.set(blob.digest, blob.size);
  const all = new Map(sent);
  for (const [digest, { size, inline }] of replay.manifests()) {
    all.set(digest, size);
    if (!inline) sent.set(digest, size);
  }
  return { logs, auditLogs, lastSeq, sent, all };
}

/**
 * Compares content with its digests, except what `known` says is at its destination already.
 * Errors: `backup_damaged`, naming the first file that is missing or wrong.
 */
export async function checkContent(
  folder: BackupFolder,
  content: ReadonlyMap<Digest, number>,
  known: ReadonlySet<string>,
  output: Output,
): Promise<void> {
  const limit = pLimit(parallelChecks);
  const unchecked = [...content].filter(([digest]) => !known.has(digest));
  const total = unchecked.reduce((sum, [, size]) => sum + size, 0);
  const progress = startProgress(output, "Checking", total);
  const check = async (digest: Digest, size: number): Promise<void> => {
    if (await folder.holds(digest, size, (bytes) => progress.set(digest, bytes))) return;
    limit.clearQueue();
    throw new CliError("backup_damaged", `${folder.blob(digest)} is missing or does not have its digest.`, [
      "Export it again into the same folder: only what is missing or damaged is fetched.",
      "Or bring the file back from another copy of the backup.",
    ]);
  };
  try {
    await Promise.all(unchecked.map(([digest, size]) => limit(() => check(digest, size))));
  } finally {
    progress.stop();
  }
}
