import pLimit from "p-limit";
import { mediaTypes, type RegistryClient, type Repository } from "../sdk.ts";
import type { LockedBlob } from "../project/lock-file.ts";
import type { Output } from "../terminal/output.ts";
import { startProgress } from "../terminal/progress.ts";
import type { ResolvedModule } from "./catalogue.ts";
import type { ContentStore } from "./store.ts";

const parallelDownloads = 4;

/** The layers that installing a module puts on disk. Images are run by a container engine, which pulls them itself. */
export function installedLayers(module: Pick<ResolvedModule, "type" | "layers">): readonly LockedBlob[] {
  return module.type === "module-oci" ? [] : module.layers.filter(({ mediaType }) => mediaType !== mediaTypes.ociEmpty);
}

/** Brings the layers that the store does not have into it, verified. Resolves to the number of bytes that came over the network. */
export async function fetchLayers(
  client: RegistryClient,
  store: ContentStore,
  modules: readonly ResolvedModule[],
  output: Output,
): Promise<number> {
  const limit = pLimit(parallelDownloads);
  const wanted = new Map<string, { repository: Repository; layer: LockedBlob }>();
  for (const module of modules)
    for (const layer of installedLayers(module)) wanted.set(layer.digest, { repository: module.repository, layer });
  const checked = await Promise.all(
    [...wanted.values()].map((item) => limit(async () => ({ ...item, there: await store.verify(item.layer.digest) }))),
  );
  const missing = checked.filter(({ there }) => !there);
  const bytes = missing.reduce((sum, { layer }) => sum + layer.size, 0);
  if (missing.length > 0) await store.sweep();
  const progress = startProgress(output, "Downloading", bytes);
  const stop = new AbortController();
  try {
    await Promise.all(
      missing.map(({ repository, layer }) =>
        limit(async () => {
          try {
            await client.oci.downloadBlob(repository, layer.digest, store.sink(layer.digest), {
              size: layer.size,
              signal: stop.signal,
              onProgress: (received) => progress.set(layer.digest, received),
            });
          } catch (error) {
            stop.abort(error);
            throw error;
          }
        }),
      ),
    );
  } finally {
    progress.stop();
  }
  return bytes;
}
