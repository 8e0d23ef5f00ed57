import { basename } from "node:path";
import pLimit from "p-limit";
import type { BackupRecord, Digest, RegistryClient } from "../sdk.ts";
import type { BackupContent } from "./import-check.ts";
import { recordPath } from "./export-records.ts";
import type { BackupFolder } from "./folder.ts";
import { readLines } from "./lines.ts";
import type { LoggedEvent } from "./log-replay.ts";

/** Bytes of one call with records: below what the registry takes as JSON. */
const recordBytes = 128 * 1024;
const recordCount = 500;
/** Bytes and events of one call with a log; a single event may be larger. */
const logBytes = 1024 * 1024;
const logCount = 100;
const parallelLogs = 4;

/** Sends the records of these kinds, in order. */
export async function importRecords(
  client: RegistryClient,
  folder: BackupFolder,
  id: Digest,
  kinds: readonly string[],
): Promise<void> {
  for (const kind of kinds) {
    let batch: BackupRecord[] = [];
    let bytes = 0;
    for await (const line of readLines(folder.path(recordPath(kind)))) {
      if (batch.length === recordCount || bytes + line.length > recordBytes) {
        await client.backup.writeRecords(id, kind, batch);
        batch = [];
        bytes = 0;
      }
      batch.push(JSON.parse(line) as BackupRecord);
      bytes += Buffer.byteLength(line);
    }
    if (batch.length > 0) await client.backup.writeRecords(id, kind, batch);
  }
}

/** Sends what the registry does not have of every log, several logs at once. */
export async function importLogs(
  client: RegistryClient,
  folder: BackupFolder,
  id: Digest,
  { logs, lastSeq }: BackupContent,
): Promise<void> {
  const limit = pLimit(parallelLogs);
  await Promise.all(logs.map((path) => limit(() => importLog(client, folder.path(path), id, lastSeq.get(path) ?? 0))));
}

/** Sends every audit log, several at once; the registry passes over what it has. */
export async function importAuditLogs(
  client: RegistryClient,
  folder: BackupFolder,
  id: Digest,
  { auditLogs }: BackupContent,
): Promise<void> {
  const limit = pLimit(parallelLogs);
  const importOne = async (path: string): Promise<void> => {
    const namespaceId = basename(path, ".jsonl");
    for await (const batch of batches(readLines(folder.path(path))))
      await client.backup.writeAuditLog(id, namespaceId, batch);
  };
  await Promise.all(auditLogs.map((path) => limit(() => importOne(path))));
}

/** Lines in portions of one call. */
async function* batches(lines: AsyncIterable<string>): AsyncGenerator<string[]> {
  let batch: string[] = [];
  let bytes = 0;
  for await (const line of lines) {
    if (batch.length === logCount || bytes + line.length > logBytes) {
      if (batch.length > 0) yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(line);
    bytes += Buffer.byteLength(line);
  }
  if (batch.length > 0) yield batch;
}

async function* eventsAfter(lines: AsyncIterable<string>, seq: number): AsyncGenerator<string> {
  for await (const line of lines) if ((JSON.parse(line) as LoggedEvent).seq > seq) yield line;
}

async function importLog(client: RegistryClient, path: string, id: Digest, through: number): Promise<void> {
  const namespaceId = basename(path, ".jsonl");
  const seq = await client.backup.writeLog(id, namespaceId, [], through);
  for await (const batch of batches(eventsAfter(readLines(path), seq)))
    await client.backup.writeLog(id, namespaceId, batch, through);
}
