import { RegistryError } from "../../core/errors.ts";
import type { BlobStore, ByteRange } from "./blob-store.ts";
import type { ByteSource } from "./byte-source.ts";
import { PartReader } from "./part-reader.ts";

/** R2 wants equal parts of at least 5 MiB; 10,000 of these make 80 GB, and two of them fit a Worker's memory easily. */
const partSize = 8 * 1024 * 1024;
/** R2 deletes at most this many keys per call. */
const deleteBatch = 1000;

/** Blobs in an R2 bucket through the Worker's binding. */
export class R2BlobStore implements BlobStore {
  readonly #bucket: R2Bucket;

  constructor(bucket: R2Bucket) {
    this.#bucket = bucket;
  }

  async put(key: string, source: ByteSource): Promise<number> {
    return source.size === undefined ? this.#putUnsized(key, source) : this.#putSized(key, source, source.size);
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

  async *list(prefix: string): AsyncIterable<{ key: string; size: number }> {
    let cursor: string | undefined;
    do {
      const page = await guarded(() => this.#bucket.list({ prefix, ...(cursor ? { cursor } : {}) }));
      for (const { key, size } of page.objects) yield { key, size };
      cursor = page.truncated ? page.cursor : undefined;
    } while (cursor);
  }

  async #putSized(key: string, source: ByteSource, size: number): Promise<number> {
    const { readable, writable } = new FixedLengthStream(size);
    // Both sides must settle before anyone acts on a failure; when the source failed, the store's complaint only echoes it.
    const [sent, stored] = await Promise.allSettled([
      pump(source, writable),
      guarded(() => this.#bucket.put(key, readable)),
    ]);
    if (sent.status === "rejected" && sent.reason instanceof SourceFailure) throw sent.reason.cause;
    if (stored.status === "rejected") throw stored.reason;
    if (sent.status === "rejected") throw sent.reason;
    return size;
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

/** Marks an error as the source's own, so that it is not taken for the store's. */
class SourceFailure extends Error {}

async function pump(source: ByteSource, writable: WritableStream<Uint8Array>): Promise<void> {
  const writer = writable.getWriter();
  const read = () =>
    source.read().catch((cause: unknown) => {
      throw new SourceFailure("the body broke off", { cause });
    });
  try {
    for (let chunk = await read(); chunk !== undefined; chunk = await read()) await writer.write(chunk);
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
    throw error;
  }
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new RegistryError("unavailable", "The object store did not answer as expected.", {
      cause,
      suggestions: ["Repeat the call; nothing was half stored."],
    });
  }
}
