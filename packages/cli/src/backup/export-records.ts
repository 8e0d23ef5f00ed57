import type { BackupRecord, Digest, RecordKind, RegistryClient } from "../sdk.ts";
import type { BackupFolder } from "./folder.ts";
import { writeJsonLines } from "./lines.ts";
import type { LogReplay } from "./log-replay.ts";

export interface NamespaceRecord extends BackupRecord {
  readonly id: string;
  readonly kind: string;
  readonly handle: string;
}

export const recordPath = (kind: string): string => `gati/${kind}.jsonl`;

/** Records of the registry, gathered. */
export interface ExportedRecords {
  /** Kinds of records, in the order in which they are put back. */
  readonly kinds: readonly string[];
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
  const paths = new Set(namespaces.map(({ kind, handle }) => `${kind}/${handle}`));
  const ids = new Map<string, Set<unknown>>();
  const links = new Map<string, Set<string>>();
  const linked = new Set<string>();

  const belongs = ({ kind, references }: RecordKind, record: BackupRecord): boolean => {
    if (kind === "users" && !paths.has(`users/${String(record["handle"])}`)) return false;
    if (kind === "links" && !paths.has(String(record["repository"]).split("/").slice(0, 2).join("/"))) return false;
    if ("artifactId" in record && !replay.artifacts.has(String(record["artifactId"]))) return false;
    return Object.entries(references).every(
      ([field, named]) => record[field] === null || ids.get(named)?.has(record[field]) === true,
    );
  };
  const note = (kind: string, record: BackupRecord): void => {
    ids.get(kind)?.add(record["id"]);
    if (kind !== "links") return;
    const repository = String(record["repository"]);
    const digests = links.get(repository) ?? new Set();
    digests.add(String(record["digest"]));
    linked.add(String(record["digest"]));
    links.set(repository, digests);
  };
  async function* chosen(kind: RecordKind): AsyncGenerator<BackupRecord> {
    for await (const page of kind.kind === "namespaces" ? [namespaces] : client.backup.records(kind.kind)) {
      for (const record of page.filter((one) => belongs(kind, one))) {
        note(kind.kind, record);
        yield record;
      }
    }
  }
  const kinds = await client.backup.recordKinds();
  for (const named of kinds.flatMap(({ references }) => Object.values(references))) ids.set(named, new Set());
  for (const kind of kinds) await writeJsonLines(folder.path(recordPath(kind.kind)), chosen(kind));

  // After the links: a blob that is linked now is in this list, unless the collector takes it in between.
  const blobs = new Map<Digest, number>();
  for await (const page of client.backup.blobs())
    for (const { digest, size } of page) if (linked.has(digest)) blobs.set(digest, size);
  return { kinds: kinds.map(({ kind }) => kind), accounts: ids.get("users")?.size ?? 0, blobs, links };
}
