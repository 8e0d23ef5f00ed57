import type { BlobStore, ByteRange, StoredObject } from "./blob-store.ts";
import type { ByteSource } from "./byte-source.ts";
import type { DirectAccess } from "./direct-access.ts";
import { guarded, sendStream } from "./pump.ts";
import { type PartsUpload, putInParts } from "./put-in-parts.ts";

/** R2 deletes at most this many keys per call. */
const deleteBatch = 1000;

/** Blobs in an R2 bucket through the Worker's binding. `direct` speaks to the same bucket by its S3 address. */
export class R2BlobStore implements BlobStore {
  readonly local = false;
  readonly direct: DirectAccess | undefined;
  readonly #bucket: R2Bucket;

  constructor(bucket: R2Bucket, direct?: DirectAccess) {
    this.#bucket = bucket;
    this.direct = direct;
  }

  put(key: string, source: ByteSource): Promise<number> {
    if (source.size === undefined) {
      return putInParts(source, {
        whole: (bytes) => guarded(() => this.#bucket.put(key, bytes)),
        begin: () => this.#begin(key),
      });
    }
    return sendStream(source, (stream) => guarded(() => this.#bucket.put(key, stream)));
  }

  async get(key: string, range?: ByteRange): Promise<ReadableStream<Uint8Array> | undefined> {
    const object = await guarded(() => this.#bucket.get(key, range ? { range } : {}));
    return object?.body;
  }

  async size(key: string): Promise<number | undefined> {
    return (await guarded(() => this.#bucket.head(key)))?.size;
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (let start = 0; start < keys.length; start += deleteBatch) {
      await guarded(() => this.#bucket.delete(keys.slice(start, start + deleteBatch)));
    }
  }

  async *list(prefix: string, after?: string): AsyncIterable<StoredObject> {
    let cursor: string | undefined;
    const start = after === undefined ? {} : { startAfter: after };
    do {
      const page = await guarded(() => this.#bucket.list({ prefix, ...(cursor ? { cursor } : start) }));
      for (const { key, size, uploaded } of page.objects) yield { key, size, storedAt: uploaded.getTime() };
      cursor = page.truncated ? page.cursor : undefined;
    } while (cursor);
  }

  async #begin(key: string): Promise<PartsUpload<R2UploadedPart>> {
    const upload = await guarded(() => this.#bucket.createMultipartUpload(key));
    return {
      send: (number, part) => guarded(() => upload.uploadPart(number, part)),
      complete: async (parts) => void (await guarded(() => upload.complete([...parts]))),
      abort: () => upload.abort(),
    };
  }
}
