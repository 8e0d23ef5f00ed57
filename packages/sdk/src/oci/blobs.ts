import type { Digest } from "../../../../core/digests.ts";
import type { Repository } from "../../../../core/identifiers.ts";
import { ApiError } from "../errors.ts";
import { memorySink } from "../sinks.ts";
import type { OciContext } from "./context.ts";
import { downloadBlob } from "./download.ts";

/** Whether the repository has the blob. */
export function blobExists(
  context: OciContext,
  repository: Repository,
  digest: Digest,
  signal?: AbortSignal,
): Promise<boolean> {
  return contentExists(context, `/v2/${repository}/blobs/${digest}`, signal);
}

/** Whether something is at this path. */
export async function contentExists(context: OciContext, target: string, signal?: AbortSignal): Promise<boolean> {
  const response = await context.transport.send({ method: "HEAD", target, accept: [404], signal });
  return response.status !== 404;
}

/** Reads a small blob into memory, verified. Refuses one that is larger than `limit` bytes (16 MiB unless said otherwise). */
export async function readBlob(
  context: OciContext,
  repository: Repository,
  digest: Digest,
  options: { limit?: number; signal?: AbortSignal } = {},
): Promise<Uint8Array> {
  const limit = options.limit ?? 16 * 1024 * 1024;
  const sink = memorySink();
  await downloadBlob(context, repository, digest, sink, {
    ...(options.signal ? { signal: options.signal } : {}),
    onProgress: (received) => {
      if (received > limit)
        throw new ApiError("payload_too_large", `The blob ${digest} is larger than ${limit} bytes.`);
    },
  });
  return sink.bytes();
}
