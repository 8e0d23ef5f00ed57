import pLimit from "p-limit";
import type { RegistryClient, Repository } from "../sdk.ts";
import { type Output } from "../terminal/output.ts";
import { startProgress } from "../terminal/progress.ts";
import type { PlannedBlob } from "./plan.ts";
import type { UploadState } from "./upload-state.ts";

/** Enough to fill a line, few enough that four chunks fit into memory. */
const parallelUploads = 4;

export interface UploadSummary {
  readonly uploaded: number;
  readonly skipped: number;
  /** Bytes of the blobs that the registry did not have. */
  readonly bytes: number;
  /** How many of these an interrupted run had brought in already. */
  readonly resumedBytes: number;
}

/** Uploads the blobs that the registry does not have, several at once, resuming what an earlier run left unfinished. */
export async function uploadBlobs(
  client: RegistryClient,
  repository: Repository,
  blobs: readonly PlannedBlob[],
  options: { state: UploadState; output: Output; chunkSize?: number | undefined },
): Promise<UploadSummary> {
  const limit = pLimit(parallelUploads);
  const unique = [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
  const known = await Promise.all(unique.map((blob) => limit(() => client.oci.blobExists(repository, blob.digest))));
  const missing = unique.filter((_, index) => !known[index]);
  const bytes = missing.reduce((sum, blob) => sum + blob.size, 0);
  const progress = startProgress(options.output, "Uploading", bytes);
  const resumed = new Map<string, number>();
  const stop = new AbortController();
  const upload = async (blob: PlannedBlob): Promise<void> => {
    const source = await blob.open();
    try {
      await client.oci.uploadBlob(repository, source, {
        digest: blob.digest,
        signal: stop.signal,
        resumeFrom: await options.state.find(client.registry, repository, blob.digest),
        onLocation: (location) => options.state.keep(client.registry, repository, blob.digest, location),
        onResume: (offset) => resumed.set(blob.digest, offset),
        onProgress: (sent) => progress.set(blob.digest, sent),
        ...(options.chunkSize === undefined ? {} : { chunkSize: options.chunkSize }),
      });
    } catch (error) {
      // One failure ends the others too: what they sent so far is resumed by the next run.
      stop.abort(error);
      throw error;
    } finally {
      await source.close?.();
    }
  };
  try {
    await Promise.all(missing.map((blob) => limit(() => upload(blob))));
  } finally {
    progress.stop();
  }
  const resumedBytes = [...resumed.values()].reduce((sum, offset) => sum + offset, 0);
  return { uploaded: missing.length, skipped: unique.length - missing.length, bytes, resumedBytes };
}
