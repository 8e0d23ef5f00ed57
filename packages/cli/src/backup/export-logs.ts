import { rm } from "node:fs/promises";
import pLimit from "p-limit";
import type { RegistryClient } from "../sdk.ts";
import type { BackupFolder } from "./folder.ts";
import { LineWriter, readJsonLines, readLines } from "./lines.ts";
import { type LoggedEvent, LogReplay } from "./log-replay.ts";
import { isIntact, type BackupSummary } from "./summary.ts";

const parallelLogs = 4;

/** Reads the next lines of a log, those after a number; none at its end. */
type ReadPage = (namespaceId: string, after: number) => Promise<readonly string[]>;

/** Path of a namespace's log below the folder. */
export const logPath = (namespaceId: string): string => `gati/logs/${namespaceId}.jsonl`;
const auditPath = (namespaceId: string): string => `gati/audit/${namespaceId}.jsonl`;

async function lastLine(path: string): Promise<string | undefined> {
  let last: string | undefined;
  for await (const line of readLines(path)) last = line;
  return last;
}

const seqOf = (line: string): number => (JSON.parse(line) as LoggedEvent).seq;

/**
 * Brings one log up to date. `known` says that the file is what an earlier export wrote; it is kept when the registry
 * still has its last event, and what came after that is added. Returns whether there is a log at all.
 */
async function exportLog(read: ReadPage, path: string, namespaceId: string, known: boolean): Promise<boolean> {
  const last = known ? await lastLine(path) : undefined;
  let seq = last === undefined ? 0 : seqOf(last);
  let page = last === undefined ? [] : await read(namespaceId, seq - 1);
  const append = last !== undefined && page[0] === last;
  if (!append) seq = 0;
  page = append ? page.slice(1) : [];
  let writer: LineWriter | undefined;
  try {
    for (;;) {
      if (page.length === 0) page = await read(namespaceId, seq);
      if (page.length === 0) break;
      writer ??= await LineWriter.open(path, { append });
      for (const line of page) {
        seq += 1;
        if (seqOf(line) !== seq) throw new Error(`event ${seq} of the namespace ${namespaceId} did not come`);
        await writer.add(line);
      }
      page = [];
    }
  } catch (error) {
    await writer?.abort();
    throw error;
  }
  await writer?.commit();
  if (seq === 0) await rm(path, { force: true });
  return seq > 0;
}

type EarlierFiles = ReadonlyMap<string, BackupSummary["files"][number]>;

/** Brings one log of each namespace into the folder. Returns the paths of those that have lines. */
async function exportEach(
  read: ReadPage,
  pathOf: (namespaceId: string) => string,
  folder: BackupFolder,
  namespaceIds: readonly string[],
  earlier: EarlierFiles,
): Promise<string[]> {
  const limit = pLimit(parallelLogs);
  const there = await Promise.all(
    namespaceIds.map((id) =>
      limit(async () => {
        const file = earlier.get(pathOf(id));
        const known = file !== undefined && (await isIntact(folder, file));
        return exportLog(read, folder.path(pathOf(id)), id, known);
      }),
    ),
  );
  return namespaceIds.filter((_, index) => there[index]).map(pathOf);
}

/** Brings the audit logs of all namespaces into the folder. Returns their paths. */
export function exportAuditLogs(
  client: RegistryClient,
  folder: BackupFolder,
  namespaceIds: readonly string[],
  earlier: EarlierFiles,
): Promise<string[]> {
  return exportEach((id, after) => client.backup.auditLog(id, after), auditPath, folder, namespaceIds, earlier);
}

/** Brings the logs of all namespaces into the folder and replays them. Each is taken up to some event and no further. */
export async function exportLogs(
  client: RegistryClient,
  folder: BackupFolder,
  namespaceIds: readonly string[],
  earlier: EarlierFiles,
): Promise<{ replay: LogReplay; files: string[] }> {
  const read: ReadPage = (id, after) => client.backup.log(id, after);
  const files = await exportEach(read, logPath, folder, namespaceIds, earlier);
  const replay = new LogReplay();
  for (const path of files)
    for await (const event of readJsonLines<LoggedEvent>(folder.path(path))) replay.apply(event);
  return { replay, files };
}
