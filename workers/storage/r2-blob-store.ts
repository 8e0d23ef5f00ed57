import type { BlobStore, ByteRange, StoredObject } from "./blob-store.ts";
import type { ByteSource } from "./byte-source.ts";
import { PartReader } from "./part-reader.ts";
import { guarded, sendStream } from "./pump.ts";

/** R2 wants equal parts of at least 5 MiB; 10,000 of these make 80 GB, and two of them fit a Worker's memory easily. */
const partSize = 8 * 1024 * 1024;
/** R2 deletes at most this many keys per call. */
const deleteBatch = 1000;

/** Blobs in an R2 bucket through the Worker's binding. */
export class R2BlobStore implements BlobStore {
  readonly local = false;
  readonly #bucket: R2Bucket;

  constructor(bucket: R2Bucket) {
    this.#bucket = bucket;
  }

  async put(key: string, source: ByteSource): Promise<number> {
    if (source.size === undefined) return this.#putUnsized(key, source);
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

  /** A body of unknown length: one object when it fits a part, otherwise a multipart upload inside this request. */
  async #putUnsized(key: string, source: ByteSource): Promise<number> {
    const parts = new PartReader(source, partSize);
    let part = await parts.next();
    if (part.byteLength === 0) return 0;
    if (part.byteLength < partSize) {
      await guarded(() => this.#bucket.put(key, part));
      return part.byteLength;
    }
    const upload = await guarded(() => this.#bucket.createMultipartUpload(key));
    try {
      const done: R2UploadedPart[] = [];
      let size = 0;
      while (part.byteLength > 0) {
        const current = part;
        const sending = guarded(() => upload.uploadPart(done.length + 1, current));
        // The next part is read while this one is stored: two parts in memory, never more.
        const [sent, next] = await Promise.all([sending, current.byteLength < partSize ? emptyPart : parts.next()]);
        done.push(sent);
        size += current.byteLength;
        part = next;
      }
      await guarded(() => upload.complete(done));
      return size;
    } catch (error) {
      // R2 drops what is left of an unfinished upload after a week, so a failed abort only costs space for a while.
      await upload.abort().catch(() => undefined);
      throw error;
    }
  }
}

const emptyPart = new Uint8Array(0);
