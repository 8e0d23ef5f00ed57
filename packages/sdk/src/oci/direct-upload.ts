import type { Digest } from "../../../../core/digests.ts";
import { ApiError, isTransient } from "../errors.ts";
import type { BlobSource } from "../sources.ts";
import type { OciContext } from "./context.ts";

/** Parts under way at once. */
const parallel = 4;

interface Part {
  readonly number: number;
  readonly offset: number;
  readonly length: number;
  readonly url: string;
}

interface SentPart {
  readonly number: number;
  readonly etag: string;
}

export interface DirectUploadOptions {
  readonly digest: Digest;
  readonly onProgress?: (sent: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Sends a blob to the registry's store in parallel parts, each retried by itself, and lets the registry verify it.
 * Returns false when the store cannot be reached from here, as behind some firewalls: then nothing has happened and the
 * bytes can go through the registry.
 *
 * @throws ApiError `digest_invalid` when the source does not have the stated digest; the last error when retries are used up
 */
export async function sendDirectly(
  context: OciContext,
  partsUrl: string,
  source: BlobSource,
  options: DirectUploadOptions,
): Promise<boolean> {
  const { transport } = context;
  const { digest, signal } = options;
  const { parts } = await transport.json<{ parts: readonly Part[] }>({
    method: "POST",
    target: partsUrl,
    json: { size: source.size },
    retry: "idempotent",
    signal,
  });
  const sent = await new PartSender(context, source, options).send(parts);
  if (!sent) return false;
  await transport.send({
    method: "POST",
    target: partsUrl.replace(/\/parts$/, "/complete"),
    json: { digest, parts: sent },
    retry: "idempotent",
    signal,
  });
  options.onProgress?.(source.size, source.size);
  return true;
}

class PartSender {
  readonly #context: OciContext;
  readonly #source: BlobSource;
  readonly #options: DirectUploadOptions;
  readonly #done: SentPart[] = [];
  #bytes = 0;

  constructor(context: OciContext, source: BlobSource, options: DirectUploadOptions) {
    this.#context = context;
    this.#source = source;
    this.#options = options;
  }

  /** Every part by number; undefined when not even the first one found the store. */
  async send(parts: readonly Part[]): Promise<SentPart[] | undefined> {
    const [first, ...rest] = parts;
    if (!first) throw new ApiError("upload_invalid", "The registry planned an upload without parts.");
    this.#options.onProgress?.(0, this.#source.size);
    try {
      await this.#sendPart(first, "never");
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      // No answer at all: another way may still be open. What the store said is an error like any other.
      if (error instanceof ApiError && error.status === undefined && error.code === "unavailable") return undefined;
      if (!isTransient(error)) throw error;
      await this.#sendPart(first, "idempotent");
    }
    // One iterator for all senders: each takes the next part when it is free, and the first failure ends them all.
    const waiting = rest.values();
    const failed = new AbortController();
    const work = async (): Promise<void> => {
      for (const part of waiting) {
        if (failed.signal.aborted) return;
        await this.#sendPart(part, "idempotent").catch((error: unknown) => {
          failed.abort();
          throw error;
        });
      }
    };
    const outcomes = await Promise.allSettled(Array.from({ length: parallel }, work));
    const failure = outcomes.find((outcome) => outcome.status === "rejected");
    if (failure) throw failure.reason;
    return this.#done.toSorted((a, b) => a.number - b.number);
  }

  async #sendPart(part: Part, retry: "idempotent" | "never"): Promise<void> {
    const { signal, onProgress } = this.#options;
    const body = await this.#source.slice(part.offset, part.offset + part.length);
    const response = await this.#context.transport.send({
      method: "PUT",
      target: part.url,
      headers: { "content-type": "application/octet-stream" },
      body,
      anonymous: true,
      retry,
      signal,
    });
    await response.body?.cancel();
    const etag = response.headers.get("etag");
    if (etag === null) throw new ApiError("upload_invalid", "The store took a part without naming it.");
    this.#done.push({ number: part.number, etag });
    this.#bytes += part.length;
    onProgress?.(this.#bytes, this.#source.size);
  }
}
