import { type Digest, digestAlgorithm, digestOf } from "../../../../core/digests.ts";
import type { Repository } from "../../../../core/identifiers.ts";
import { ApiError } from "../errors.ts";
import { waitBeforeRetry } from "../retry.ts";
import type { BlobSink } from "../sinks.ts";
import type { OciContext } from "./context.ts";

export interface DownloadOptions {
  /** The size that a manifest states; more bytes than that are refused while they come. */
  readonly size?: number;
  /** Called with the number of bytes received. What it throws ends the download. */
  readonly onProgress?: (received: number, total: number | undefined) => void;
  readonly signal?: AbortSignal;
}

function integrityError(digest: Digest, details: Record<string, unknown>): ApiError {
  return new ApiError("digest_invalid", `What the registry sent is not the blob ${digest}.`, {
    details: { expected: digest, ...details },
    suggestions: [
      "Run the command again. If it happens again, report it to the registry's operator: nothing was kept.",
    ],
  });
}

/** The place of the first byte and the size of the whole, from a 200 or 206 answer. */
function extentOf(response: Response): { start: number; total: number | undefined } {
  if (response.status === 206) {
    const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
    return {
      start: Number(match?.[1] ?? -1),
      total: match?.[2] === undefined || match[2] === "*" ? undefined : Number(match[2]),
    };
  }
  const length = response.headers.get("content-length");
  return { start: 0, total: length === null ? undefined : Number(length) };
}

async function* piecesOf(body: ReadableStream<Uint8Array>, stallMs: number): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const stalled = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`no data for ${stallMs / 1000} s`)), stallMs);
      });
      const piece = await Promise.race([reader.read(), stalled]).finally(() => clearTimeout(timer));
      if (piece.done) return;
      yield piece.value;
    }
  } finally {
    // A stream that has already failed rejects the cancel with the failure that is being handled.
    await reader.cancel().catch(() => undefined);
  }
}

/**
 * Streams a blob into `sink`, going on with a Range request after a break, and commits the sink only when the whole
 * content has the digest. Memory does not grow with the size.
 *
 * @throws ApiError `digest_invalid` when the content differs (the sink is aborted), `blob_unknown`, or the last
 * network error when retries are used up
 */
export function downloadBlob(
  context: OciContext,
  repository: Repository,
  digest: Digest,
  sink: BlobSink,
  options: DownloadOptions = {},
): Promise<number> {
  return downloadFrom(context, `/v2/${repository}/blobs/${digest}`, digest, sink, options);
}

/** `downloadBlob` for content at any path that answers Range requests. */
export async function downloadFrom(
  context: OciContext,
  target: string,
  digest: Digest,
  sink: BlobSink,
  options: DownloadOptions = {},
): Promise<number> {
  try {
    const received = await receive(context, target, digest, sink, options);
    await sink.commit();
    return received;
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

async function receive(
  context: OciContext,
  target: string,
  digest: Digest,
  sink: BlobSink,
  options: DownloadOptions,
): Promise<number> {
  const { signal, size, onProgress } = options;
  const { retry, timeoutMs } = context.transport.options;
  let hash = context.createHash(digestAlgorithm(digest));
  let received = 0;
  for (let failures = 0; ;) {
    // Compressed transfer would make the offsets of Range requests mean something else.
    const range = received > 0 ? { range: `bytes=${received}-` } : {};
    const response = await context.transport.send({
      method: "GET",
      target,
      headers: { "accept-encoding": "identity", ...range },
      signal,
    });
    const { start, total } = extentOf(response);
    if (start !== received) {
      if (start !== 0) throw integrityError(digest, { askedFrom: received, answeredFrom: start });
      await sink.restart();
      hash = context.createHash(digestAlgorithm(digest));
      received = 0;
    }
    let broken: unknown;
    const pieces = response.body ? piecesOf(response.body, timeoutMs) : undefined;
    for (;;) {
      // Only reading is retried: what the sink or the caller throws must pass.
      let piece: IteratorResult<Uint8Array> | undefined;
      try {
        piece = await pieces?.next();
      } catch (error) {
        signal?.throwIfAborted();
        broken = error;
      }
      if (piece === undefined || piece.done) break;
      received += piece.value.length;
      failures = 0;
      if (size !== undefined && received > size) throw integrityError(digest, { expectedSize: size, received });
      hash.update(piece.value);
      await sink.write(piece.value);
      onProgress?.(received, size ?? total);
    }
    if (broken === undefined && (total === undefined || received >= total)) break;
    const error = new ApiError("unavailable", "The connection broke while the blob was downloading.", {
      cause: broken,
      suggestions: ["Check the network connection, then run the same command again."],
    });
    await waitBeforeRetry(retry, ++failures, error, signal);
  }
  const actual = digestOf(digestAlgorithm(digest), hash.digest());
  if (actual !== digest) throw integrityError(digest, { actual, received });
  return received;
}
