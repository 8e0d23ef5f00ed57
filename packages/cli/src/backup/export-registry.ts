import type { Digest, RegistryClient } from "../sdk.ts";
import type { Output } from "../terminal/output.ts";
import { CliError } from "../failure.ts";
import { ContentExport, missingBlobs } from "./export-content.ts";
import { exportAuditLogs, exportLogs } from "./export-logs.ts";
import { exportRecords, readNamespaces, recordPath } from "./export-records.ts";
import type { BackupFolder } from "./folder.ts";
import { artifactLines, indexJson } from "./index-json.ts";
import { writeJsonLines } from "./lines.ts";
import { backupId, backupSchema, type BackupSummary, listFiles, type LostContent, readSummary } from "./summary.ts";

/** How often the registry is read anew when content is deleted while it is read. */
const maxRounds = 5;

export interface ExportReport {
  readonly summary: BackupSummary;
  /** What came over the network. */
  readonly fetched: { readonly blobs: number; readonly bytes: number };
  readonly lost: readonly LostContent[];
}

/**
 * Writes everything of a registry into a folder. Each namespace's log is taken up to some event, and then what these events
 * need, so that a publish meanwhile is in the backup whole or not at all; when something of it was deleted before it could be
 * fetched, the logs are read on. What an earlier export left is used again.
 */
export async function exportRegistry(
  client: RegistryClient,
  folder: BackupFolder,
  output: Output,
): Promise<ExportReport> {
  await folder.prepare();
  const earlier = await earlierFiles(folder);
  const content = new ContentExport(client, folder, output);
  for (let round = 1; ; round++) {
    const namespaces = await readNamespaces(client);
    const logs = await exportLogs(
      client,
      folder,
      namespaces.map(({ id }) => id),
      earlier,
    );
    const records = await exportRecords(client, folder, namespaces, logs.replay);
    const manifests = logs.replay.manifests();
    const neededBy = (digest: Digest): string[] => logs.replay.repositoriesOf(digest);
    const gone = await content.run({ manifests, blobs: records.blobs, logs: logs.files, neededBy });
    const lost = await missingBlobs(folder, logs.replay, records.links);
    if ((gone.length > 0 || lost.length > 0) && round < maxRounds) continue;
    if (gone.length > 0) throw changing(gone);

    const artifacts = logs.replay.sorted();
    await folder.write("index.json", indexJson(artifacts));
    await writeJsonLines(folder.metadata("artifacts.jsonl"), artifactLines(artifacts));
    const blobs = [...records.blobs].map(([digest, size]) => ({ digest, size }));
    await writeJsonLines(folder.metadata("blobs.jsonl"), blobs);
    const others = ["index.json", "gati/artifacts.jsonl", "gati/blobs.jsonl", ...records.kinds.map(recordPath)];
    // Last: it tells at least of everything that is in the backup.
    const ids = namespaces.map(({ id }) => id);
    const audit = await exportAuditLogs(client, folder, ids, earlier);
    const files = await listFiles(folder, [...others, ...logs.files, ...audit]);
    const sizes = new Map([...records.blobs, ...[...manifests].map(([digest, { size }]) => [digest, size] as const)]);
    const summary: BackupSummary = {
      schema: backupSchema,
      id: backupId(backupSchema, records.kinds, files),
      registry: client.registry,
      exportedAt: new Date().toISOString(),
      accounts: records.accounts,
      namespaces: namespaces.length,
      artifacts: artifacts.length,
      versions: artifacts.reduce((sum, { versions }) => sum + versions.size, 0),
      manifests: manifests.size,
      blobs: records.blobs.size,
      bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0),
      kinds: records.kinds,
      files,
      ...(lost.length > 0 ? { lost } : {}),
    };
    await folder.write("gati/export.json", `${JSON.stringify(summary, null, 2)}\n`);
    await folder.prune(new Set(sizes.keys()), new Set(["gati/export.json", ...files.map(({ path }) => path)]));
    return { summary, fetched: content.fetched, lost };
  }
}

/** Files of the export that this one brings up to date. A damaged one is made anew. */
async function earlierFiles(folder: BackupFolder) {
  const summary = await readSummary(folder).catch((error: unknown) => {
    if (error instanceof CliError) return undefined;
    throw error;
  });
  return new Map((summary?.files ?? []).map((file) => [file.path, file]));
}

function changing(gone: readonly Digest[]): CliError {
  return new CliError(
    "registry_changing",
    "Content is deleted faster than it can be exported.",
    ["Run the same command again: it goes on with what it has."],
    { details: { gone: gone.slice(0, 20) } },
  );
}
