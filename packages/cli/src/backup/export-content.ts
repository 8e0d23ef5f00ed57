import { readFile } from "node:fs/promises";
import pLimit from "p-limit";
import { ApiError, type BlobSink, type Digest, digestAlgorithm, digestBytes, type RegistryClient } from "../sdk.ts";
import { CliError } from "../failure.ts";
import type { Output } from "../terminal/output.ts";
import { startProgress } from "../terminal/progress.ts";
import type { BackupFolder } from "./folder.ts";
import type { LostContent } from "./summary.ts";
import { readJsonLines } from "./lines.ts";
import { isIndex, type LiveManifest, type LoggedEvent, type LogReplay } from "./log-replay.ts";

const parallelDownloads = 4;
const parallelChecks = 2;

/** Content that the folder has to hold. */
interface Wanted {
  readonly size: number;
  fetch(sink: BlobSink, options: { signal: AbortSignal; onProgress: (received: number) => void }): Promise<unknown>;
}

export interface ContentPlan {
  readonly manifests: ReadonlyMap<Digest, LiveManifest & { artifactId: string }>;
  readonly blobs: ReadonlyMap<Digest, number>;
  /** Logs, which hold the small manifests. */
  readonly logs: readonly string[];
  /** Repositories that need a blob or manifest. */
  neededBy(digest: Digest): readonly string[];
}

/** Brings manifests and blobs into the folder. What it holds already, with the right digest, is not fetched again. */
export class ContentExport {
  readonly #client: RegistryClient;
  readonly #folder: BackupFolder;
  readonly #output: Output;
  readonly #held = new Set<Digest>();
  /** How much came over the network. */
  fetched = { blobs: 0, bytes: 0 };

  constructor(client: RegistryClient, folder: BackupFolder, output: Output) {
    this.#client = client;
    this.#folder = folder;
    this.#output = output;
  }

  /** Resolves to what the registry does not have any more: it was deleted since the plan was made. */
  async run(plan: ContentPlan): Promise<Digest[]> {
    const { backup } = this.#client;
    const wanted = new Map<Digest, Wanted>();
    for (const [digest, size] of plan.blobs)
      wanted.set(digest, { size, fetch: (sink, options) => backup.downloadBlob(digest, sink, { size, ...options }) });
    for (const [digest, { size, artifactId }] of plan.manifests)
      wanted.set(digest, {
        size,
        fetch: (sink, options) => backup.downloadManifest(artifactId, digest, sink, { size, ...options }),
      });
    await this.#checkWhatIsThere(wanted);
    await this.#takeFromLogs(plan);
    return this.#download(new Map([...wanted].filter(([digest]) => !this.#held.has(digest))), plan);
  }

  async #checkWhatIsThere(wanted: ReadonlyMap<Digest, Wanted>): Promise<void> {
    const limit = pLimit(parallelChecks);
    const unchecked = [...wanted].filter(([digest]) => !this.#held.has(digest));
    const total = unchecked.reduce((sum, [, { size }]) => sum + size, 0);
    const progress = startProgress(this.#output, "Checking", total);
    try {
      await Promise.all(
        unchecked.map(([digest, { size }]) =>
          limit(async () => {
            if (await this.#folder.holds(digest, size, (bytes) => progress.set(digest, bytes))) this.#held.add(digest);
          }),
        ),
      );
    } finally {
      progress.stop();
    }
  }

  async #takeFromLogs({ manifests, logs }: ContentPlan): Promise<void> {
    for (const path of logs) {
      for await (const { changes } of readJsonLines<LoggedEvent>(this.#folder.path(path))) {
        for (const change of changes) {
          if (change.type !== "manifest.put" || change.manifest.body === null) continue;
          const { digest, body } = change.manifest;
          if (!manifests.has(digest) || this.#held.has(digest)) continue;
          const bytes = new TextEncoder().encode(body);
          if ((await digestBytes(digestAlgorithm(digest), bytes)) !== digest)
            throw new ApiError("digest_invalid", `The registry's log has other bytes for the manifest ${digest}.`, {
              suggestions: ["Run `gati admin verify` and tell whoever runs the registry."],
            });
          const sink = this.#folder.sink(digest);
          await sink.write(bytes);
          await sink.commit();
          this.#held.add(digest);
        }
      }
    }
  }

  async #download(missing: ReadonlyMap<Digest, Wanted>, plan: ContentPlan): Promise<Digest[]> {
    const limit = pLimit(parallelDownloads);
    const stop = new AbortController();
    const gone: Digest[] = [];
    const total = [...missing.values()].reduce((sum, { size }) => sum + size, 0);
    const progress = startProgress(this.#output, "Downloading", total);
    const one = async (digest: Digest, { size, fetch }: Wanted): Promise<void> => {
      try {
        const onProgress = (received: number): void => progress.set(digest, received);
        await fetch(this.#folder.sink(digest), { signal: stop.signal, onProgress });
        this.#held.add(digest);
        this.fetched = { blobs: this.fetched.blobs + 1, bytes: this.fetched.bytes + size };
      } catch (error) {
        if (error instanceof ApiError && (error.code === "blob_unknown" || error.code === "manifest_unknown")) {
          gone.push(digest);
          return;
        }
        const failure = isLost(error) ? contentLost(digest, plan.neededBy(digest), error) : error;
        stop.abort(failure);
        throw failure;
      }
    };
    try {
      await Promise.all([...missing].map(([digest, item]) => limit(() => one(digest, item))));
    } finally {
      progress.stop();
    }
    return gone;
  }
}

/** True when the registry knows the content and its store does not have it. */
function isLost(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === "unavailable" && typeof error.details["key"] === "string";
}

function contentLost(digest: Digest, repositories: readonly string[], cause: ApiError): CliError {
  const whose = repositories.length > 0 ? `, which ${repositories.slice(0, 3).join(", ")} needs,` : "";
  return new CliError(
    "content_lost",
    `The registry's store does not have ${digest}${whose} any more.`,
    [
      "Run `gati admin verify --repair`, then the same command again: it exports everything else and says what is missing.",
    ],
    { details: { digest, repositories }, cause },
  );
}

/**
 * Blobs that a manifest names and its repository does not have, with these repositories. Layers that a manifest says are fetched from elsewhere
 * (image-spec, "non-distributable layers") need not be there.
 */
export async function missingBlobs(
  folder: BackupFolder,
  replay: LogReplay,
  links: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<LostContent[]> {
  const missing = new Map<Digest, Set<string>>();
  for (const { repository, manifests } of replay.artifacts.values()) {
    const linked = links.get(repository);
    for (const [digest, { mediaType, references }] of manifests) {
      if (isIndex(mediaType)) continue;
      const absent = references.filter((reference) => !linked?.has(reference));
      if (absent.length === 0) continue;
      const foreign = await foreignLayers(folder, digest);
      for (const reference of absent)
        if (!foreign.has(reference)) missing.set(reference, (missing.get(reference) ?? new Set()).add(repository));
    }
  }
  return [...missing].map(([digest, repositories]) => ({ digest, repositories: [...repositories].toSorted() }));
}

async function foreignLayers(folder: BackupFolder, digest: Digest): Promise<Set<unknown>> {
  // A manifest that went meanwhile is not there: then nothing of it is excused, and the next round does without it.
  const text = await readFile(folder.blob(digest), "utf8").catch(() => "{}");
  const { layers = [] } = JSON.parse(text) as { layers?: { mediaType?: string; digest?: string }[] };
  return new Set(
    layers.filter(({ mediaType }) => /nondistributable|\.foreign\./.test(mediaType ?? "")).map((one) => one.digest),
  );
}
