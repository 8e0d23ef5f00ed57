import { type BackupRecord, type Digest, type RecordKind, recordKinds, type RegistryClient } from "../sdk.ts";
import type { BackupFolder } from "./folder.ts";
import { writeJsonLines } from "./lines.ts";
import type { LogReplay } from "./log-replay.ts";

export interface NamespaceRecord extends BackupRecord {
  readonly id: string;
  readonly kind: string;
  readonly handle: string;
}

export const recordPath = (kind: RecordKind): string => `gati/${kind}.jsonl`;

/** Records of the registry, gathered. */
export interface ExportedRecords {
  readonly accounts: number;
  /** Every blob that some repository has, with its size. */
  readonly blobs: ReadonlyMap<Digest, number>;
  /** Which blobs each repository has. */
  readonly links: ReadonlyMap<string, ReadonlySet<string>>;
}

export async function readNamespaces(client: RegistryClient): Promise<NamespaceRecord[]> {
  const namespaces: NamespaceRecord[] = [];
  for await (const page of client.backup.records("namespaces")) namespaces.push(...(page as NamespaceRecord[]));
  return namespaces;
}

/**
 * Writes what only the database knows. The registry changes meanwhile, so whatever speaks of a namespace or artifact that
 * came after the logs were read is left out: it belongs to the next backup.
 */
export async function exportRecords(
  client: RegistryClient,
  folder: BackupFolder,
  namespaces: readonly NamespaceRecord[],
  replay: LogReplay,
): Promise<ExportedRecords> {
  const namespaceIds = new Set(namespaces.map(({ id }) => id));
  const repositories = new Set(namespaces.map(({ kind, handle }) => `${kind}/${handle}`));
  const userIds = new Set<unknown>();
  const links = new Map<string, Set<string>>();
  const linked = new Set<string>();

  const belongs: Record<RecordKind, (record: BackupRecord) => boolean> = {
    users: ({ handle }) => repositories.has(`users/${String(handle)}`),
    namespaces: () => true,
    members: ({ namespaceId, userId }) => namespaceIds.has(String(namespaceId)) && userIds.has(userId),
    "api-keys": ({ userId }) => userIds.has(userId),
    links: ({ repository }) => repositories.has(String(repository).split("/").slice(0, 2).join("/")),
    "download-totals": ({ artifactId }) => replay.artifacts.has(String(artifactId)),
    "download-days": ({ artifactId }) => replay.artifacts.has(String(artifactId)),
  };
  const note = (kind: RecordKind, record: BackupRecord): void => {
    if (kind === "users") userIds.add(record["id"]);
    if (kind !== "links") return;
    const repository = String(record["repository"]);
    const digests = links.get(repository) ?? new Set();
    digests.add(String(record["digest"]));
    linked.add(String(record["digest"]));
    links.set(repository, digests);
  };
  async function* chosen(kind: RecordKind): AsyncGenerator<BackupRecord> {
    for await (const page of kind === "namespaces" ? [namespaces] : client.backup.records(kind)) {
      for (const record of page.filter((one) => belongs[kind](one))) {
        note(kind, record);
        yield record;
      }
    }
  }
  for (const kind of recordKinds) await writeJsonLines(folder.path(recordPath(kind)), chosen(kind));

  // After the links: a blob that is linked now is in this list, unless the collector takes it in between.
  const blobs = new Map<Digest, number>();
  for await (const page of client.backup.blobs())
    for (const { digest, size } of page) if (linked.has(digest)) blobs.set(digest, size);
  return { accounts: userIds.size, blobs, links };
}
