import pLimit from "p-limit";
import { UploadState } from "../publish/upload-state.ts";
import { type Digest, fileSource, type RegistryClient, type Repository } from "../sdk.ts";
import type { Output } from "../terminal/output.ts";
import { startProgress } from "../terminal/progress.ts";
import type { BackupFolder } from "./folder.ts";

/** Enough to fill a line, few enough that four chunks fit into memory. */
const parallelUploads = 4;

/** Sends the blobs that the registry does not have, several at once, going on where an earlier run stopped. */
export async function importContent(
  client: RegistryClient,
  folder: BackupFolder,
  id: Digest,
  missing: ReadonlyMap<Digest, number>,
  options: { cacheDirectory: string; output: Output },
): Promise<void> {
  const limit = pLimit(parallelUploads);
  const state = new UploadState(options.cacheDirectory);
  // Unfinished uploads are remembered like those of a repository, under a name that none has.
  const uploads = id as string as Repository;
  const stop = new AbortController();
  const total = [...missing.values()].reduce((sum, size) => sum + size, 0);
  const progress = startProgress(options.output, "Uploading", total);
  const send = async (digest: Digest): Promise<void> => {
    const source = await fileSource(folder.blob(digest));
    try {
      await client.backup.uploadBlob(id, source, {
        digest,
        signal: stop.signal,
        resumeFrom: await state.find(client.registry, uploads, digest),
        onLocation: (location) => state.keep(client.registry, uploads, digest, location),
        onProgress: (sent) => progress.set(digest, sent),
      });
    } catch (error) {
      stop.abort(error);
      throw error;
    } finally {
      await source.close();
    }
  };
  try {
    await Promise.all([...missing.keys()].map((digest) => limit(() => send(digest))));
  } finally {
    progress.stop();
  }
}
