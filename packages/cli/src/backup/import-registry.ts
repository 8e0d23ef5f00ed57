import { CliError } from "../failure.ts";
import { type BackupRecord, type Digest, type RegistryClient } from "../sdk.ts";
import type { Output } from "../terminal/output.ts";
import { recordPath } from "./export-records.ts";
import type { BackupFolder } from "./folder.ts";
import { checkContent, readContent } from "./import-check.ts";
import { importContent } from "./import-content.ts";
import { importAuditLogs, importLogs, importRecords } from "./import-metadata.ts";
import { readJsonLines } from "./lines.ts";
import { backupSchema, type BackupSummary, readSummary } from "./summary.ts";

export interface ImportReport {
  readonly status: "imported" | "imported-before";
  readonly summary: BackupSummary;
  readonly finishedAt: string | null;
  /** What was sent by this run; the rest was there. */
  readonly sent: { readonly blobs: number; readonly bytes: number };
}

/** Accounts and namespaces come before what happened in them; who may write comes last, so that nobody writes in between. */
const first: readonly string[] = ["users", "namespaces"];

/**
 * Puts a backup into an empty registry. Everything is checked before anything is sent. Run again after an interruption it
 * goes on, and after its end it says so.
 */
export async function importRegistry(
  client: RegistryClient,
  folder: BackupFolder,
  options: { cacheDirectory: string; output: Output },
): Promise<ImportReport> {
  const summary = await readSummary(folder);
  if (!summary) {
    throw new CliError("file_missing", `${folder.root} is no finished export: it has no gati/export.json.`, [
      "Name the folder that `gati admin export` wrote, or run that command again until it is done.",
    ]);
  }
  const { id } = summary;
  const nothing = { blobs: 0, bytes: 0 };
  const standing = await client.backup.importStanding(id);
  if (standing.state === "finished")
    return { status: "imported-before", summary, finishedAt: standing.finishedAt, sent: nothing };
  // Refused by the registry itself, in its own words, before anything is read.
  if (standing.state === "none" && !standing.empty) await client.backup.beginImport(id, backupSchema);

  const content = await readContent(folder, summary);
  await assertKindsKnown(client, summary);
  await assertHandleFits(client, folder);
  const known = new Set<string>();
  for await (const page of client.backup.blobs()) for (const { digest } of page) known.add(digest);
  await checkContent(folder, content.all, known, options.output);

  await client.backup.beginImport(id, backupSchema);
  const missing = new Map<Digest, number>([...content.sent].filter(([digest]) => !known.has(digest)));
  await importContent(client, folder, id, missing, options);
  await importRecords(client, folder, id, first);
  await importLogs(client, folder, id, content);
  await importAuditLogs(client, folder, id, content);
  await importRecords(
    client,
    folder,
    id,
    summary.kinds.filter((kind) => !first.includes(kind)),
  );
  const { finishedAt } = await client.backup.finishImport(id);
  const bytes = [...missing.values()].reduce((sum, size) => sum + size, 0);
  return { status: "imported", summary, finishedAt, sent: { blobs: missing.size, bytes } };
}

/** The registry refuses what these two refuse, but only when all blobs are there. */
async function assertKindsKnown(client: RegistryClient, summary: BackupSummary): Promise<void> {
  const known = new Set((await client.backup.recordKinds()).map(({ kind }) => kind));
  const unknown = summary.kinds.filter((kind) => !known.has(kind));
  if (unknown.length === 0) return;
  throw new CliError("registry_older", `The registry does not know what this backup holds: ${unknown.join(", ")}.`, [
    "Import with a registry that is at least as new as the one that wrote the backup.",
  ]);
}

async function assertHandleFits(client: RegistryClient, folder: BackupFolder): Promise<void> {
  const { handle } = (await client.auth.me()).user;
  const clashes = async (path: string, isSame: (record: BackupRecord) => boolean): Promise<boolean> => {
    for await (const record of readJsonLines<BackupRecord>(folder.path(path)))
      if (record["handle"] === handle) return !isSame(record);
    return false;
  };
  const users = await clashes(recordPath("users"), ({ operator }) => operator === true);
  if (!users && !(await clashes(recordPath("namespaces"), ({ kind }) => kind === "users"))) return;
  throw new CliError("handle_taken", `In the backup the handle "${handle}" is not an operator's.`, [
    "Start a fresh registry whose operator has another handle (GATI_ADMIN_HANDLE), and import there.",
  ]);
}
