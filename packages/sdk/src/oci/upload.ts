import type { Digest } from "../../../../core/digests.ts";
import type { Repository } from "../../../../core/identifiers.ts";
import { ApiError, isTransient } from "../errors.ts";
import { waitBeforeRetry } from "../retry.ts";
import type { BlobSource } from "../sources.ts";
import { contentExists } from "./blobs.ts";
import type { OciContext } from "./context.ts";
import { sendDirectly } from "./direct-upload.ts";
import { UploadSession } from "./upload-session.ts";

/** 10 MB: well below the edge's limit for one request body, and large enough that round trips do not count. */
export const defaultChunkSize = 10 * 1000 * 1000;

/** From this size on parallel parts, straight to the store, are worth their extra round trips. */
const directFrom = 16 * 1024 * 1024;

export interface UploadOptions {
  readonly digest: Digest;
  readonly chunkSize?: number;
  /** Location of an unfinished upload of the same blob, from an earlier `onLocation`. */
  readonly resumeFrom?: string | undefined;
  /** Called with the place to resume from whenever it changes, and with undefined when there is nothing left to resume. */
  readonly onLocation?: (location: string | undefined) => void | Promise<void>;
  /** Called when `resumeFrom` is taken up, with the number of bytes that were there; with 0 when that came to nothing. */
  readonly onResume?: (offset: number) => void;
  /** Called with the number of bytes that the registry has. */
  readonly onProgress?: (sent: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Where a blob goes: the path that opens uploads, and the one that tells whether the blob is there. */
export interface UploadPlace {
  readonly uploads: string;
  readonly blob: string;
}

/** A chunk may be sent again after these: the registry says where it stands, and sending goes on from there. */
function canResume(error: unknown): error is ApiError {
  return isTransient(error) || (error instanceof ApiError && (error.status === 416 || error.code === "upload_busy"));
}

function isGone(error: unknown): boolean {
  return error instanceof ApiError && (error.code === "upload_unknown" || error.status === 404);
}

/** One attempt to bring a blob in, from the first or a later byte. */
class Transfer {
  readonly #context: OciContext;
  readonly #place: UploadPlace;
  readonly #source: BlobSource;
  readonly #options: UploadOptions;

  constructor(context: OciContext, place: UploadPlace, source: BlobSource, options: UploadOptions) {
    this.#context = context;
    this.#place = place;
    this.#source = source;
    this.#options = options;
  }

  async run(resumeFrom: string | undefined): Promise<void> {
    const { signal } = this.#options;
    const transport = this.#context.transport;
    const session = resumeFrom
      ? UploadSession.at(transport, resumeFrom)
      : await UploadSession.begin(transport, this.#place.uploads, signal);
    let offset = resumeFrom ? await session.position(signal) : 0;
    if (resumeFrom) this.#options.onResume?.(offset);
    if (session.partsUrl !== undefined && this.#source.size >= directFrom && !resumeFrom) {
      if (await sendDirectly(this.#context, session.partsUrl, this.#source, this.#options)) return;
    }
    const wanted = Math.min(this.#options.chunkSize ?? defaultChunkSize, session.maxChunk);
    const chunkSize = Math.max(wanted, session.minChunk, 1);
    const whole = offset === 0 && this.#source.size <= chunkSize;
    if (!whole) {
      await this.#options.onLocation?.(session.location);
      offset = await this.#sendChunks(session, offset, chunkSize);
    }
    await this.#finish(session, whole);
    this.#options.onProgress?.(this.#source.size, this.#source.size);
  }

  async #sendChunks(session: UploadSession, start: number, chunkSize: number): Promise<number> {
    const { signal, onProgress, onLocation } = this.#options;
    const total = this.#source.size;
    let failures = 0;
    let offset = start;
    while (offset < total) {
      onProgress?.(offset, total);
      try {
        const chunk = await this.#source.slice(offset, Math.min(offset + chunkSize, total));
        offset = await session.append(offset, chunk, signal);
        failures = 0;
      } catch (error) {
        if (!canResume(error)) throw error;
        await waitBeforeRetry(this.#context.transport.options.retry, ++failures, error, signal);
        offset = await session.position(signal);
      }
      await onLocation?.(session.location);
    }
    if (offset > total) {
      throw new ApiError("upload_invalid", `The registry holds ${offset} bytes of a blob that has ${total}.`, {
        details: { offset, total },
      });
    }
    return offset;
  }

  async #finish(session: UploadSession, whole: boolean): Promise<void> {
    const { digest, signal } = this.#options;
    for (let failures = 1; ; failures++) {
      try {
        return await session.finish(digest, whole ? await this.#source.slice(0, this.#source.size) : undefined, signal);
      } catch (error) {
        // The answer may be lost though the blob is in.
        if (isGone(error) && (await contentExists(this.#context, this.#place.blob, signal))) return;
        if (!canResume(error)) throw error;
        await waitBeforeRetry(this.#context.transport.options.retry, failures, error, signal);
        if (await contentExists(this.#context, this.#place.blob, signal)) return;
        // Part of the body arrived: one PUT cannot add the rest, so the caller begins again.
        if (whole && (await session.position(signal)) > 0)
          throw new ApiError("upload_unknown", "The upload broke off.", { cause: error });
      }
    }
  }
}

/**
 * Uploads a blob: one request when it fits into a chunk, in parallel parts to the registry's store where that can be
 * reached, otherwise chunk after chunk. Connection failures, 5xx and 429
 * are retried, going on from the byte that the registry states; a session that the registry has forgotten, and a
 * resumed one whose content does not match, are begun again.
 *
 * @throws ApiError `digest_invalid` when the source does not have the stated digest; the last error when retries are used up
 */
export function uploadBlob(
  context: OciContext,
  repository: Repository,
  source: BlobSource,
  options: UploadOptions,
): Promise<void> {
  const base = `/v2/${repository}/blobs`;
  return uploadTo(context, { uploads: `${base}/uploads/`, blob: `${base}/${options.digest}` }, source, options);
}

/** `uploadBlob` to any place that speaks the same protocol. */
export async function uploadTo(
  context: OciContext,
  place: UploadPlace,
  source: BlobSource,
  options: UploadOptions,
): Promise<void> {
  const transfer = new Transfer(context, place, source, options);
  let resumeFrom = options.resumeFrom;
  for (let restarts = 0; ; restarts++) {
    try {
      await transfer.run(resumeFrom);
      await options.onLocation?.(undefined);
      return;
    } catch (error) {
      const stale =
        resumeFrom !== undefined &&
        error instanceof ApiError &&
        ["digest_invalid", "upload_invalid", "size_invalid"].includes(error.code);
      if (!(isGone(error) || stale) || restarts >= 2) throw error;
      await options.onLocation?.(undefined);
      if (resumeFrom) options.onResume?.(0);
      resumeFrom = undefined;
    }
  }
}
