import { rm } from "node:fs/promises";
import pLimit from "p-limit";
import type { RegistryClient } from "../sdk.ts";
import type { BackupFolder } from "./folder.ts";
import { LineWriter, readJsonLines, readLines } from "./lines.ts";
import { type LoggedEvent, LogReplay } from "./log-replay.ts";
import { isIntact, type BackupSummary } from "./summary.ts";

const parallelLogs = 4;

/** Path of a namespace's log below the folder. */
export const logPath = (namespaceId: string): string => `gati/logs/${namespaceId}.jsonl`;

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
async function exportLog(client: RegistryClient, path: string, namespaceId: string, known: boolean): Promise<boolean> {
  const last = known ? await lastLine(path) : undefined;
  let seq = last === undefined ? 0 : seqOf(last);
  let page = last === undefined ? [] : await client.backup.log(namespaceId, seq - 1);
  const append = last !== undefined && page[0] === last;
  if (!append) seq = 0;
  page = append ? page.slice(1) : [];
  let writer: LineWriter | undefined;
  try {
    for (;;) {
      if (page.length === 0) page = await client.backup.log(namespaceId, seq);
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

/** Brings the logs of all namespaces into the folder and replays them. Each is taken up to some event and no further. */
export async function exportLogs(
  client: RegistryClient,
  folder: BackupFolder,
  namespaceIds: readonly string[],
  earlier: ReadonlyMap<string, BackupSummary["files"][number]>,
): Promise<{ replay: LogReplay; files: string[] }> {
  const limit = pLimit(parallelLogs);
  const there = await Promise.all(
    namespaceIds.map((id) =>
      limit(async () => {
        const file = earlier.get(logPath(id));
        const known = file !== undefined && (await isIntact(folder, file));
        return exportLog(client, folder.path(logPath(id)), id, known);
      }),
    ),
  );
  const files = namespaceIds.filter((_, index) => there[index]).map(logPath);
  const replay = new LogReplay();
  for (const path of files)
    for await (const event of readJsonLines<LoggedEvent>(folder.path(path))) replay.apply(event);
  return { replay, files };
}
