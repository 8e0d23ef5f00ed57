import type { BlobStore, ByteRange, StoredObject } from "../blob-store.ts";
import type { ByteSource } from "../byte-source.ts";
import type { DirectAccess } from "../direct-access.ts";
import { sendStream } from "../pump.ts";
import { putInParts } from "../put-in-parts.ts";
import { octets, type S3Bucket } from "./bucket.ts";
import { MultipartUploads, type UploadedPart } from "./multipart-uploads.ts";
import { S3DirectAccess } from "./s3-direct-access.ts";
import { childText, children, rootElement } from "./xml.ts";

/** Deletions under way at once: a Worker has six connections. */
const deletesAtOnce = 4;

/** Blobs in a bucket behind the S3 API: MinIO, Ceph, Garage, AWS, or R2 from outside Cloudflare. */
export class S3BlobStore implements BlobStore {
  readonly local = false;
  readonly direct: DirectAccess;
  readonly #bucket: S3Bucket;
  readonly #multipart: MultipartUploads;

  constructor(bucket: S3Bucket) {
    this.#bucket = bucket;
    this.#multipart = new MultipartUploads(bucket);
    this.direct = new S3DirectAccess(bucket);
  }

  put(key: string, source: ByteSource): Promise<number> {
    if (source.size === undefined) {
      return putInParts<UploadedPart>(source, {
        whole: (bytes) => this.#store(key, bytes),
        begin: () => this.#multipart.begin(key),
      });
    }
    return sendStream(source, (stream) => this.#store(key, stream));
  }

  async get(key: string, range?: ByteRange): Promise<ReadableStream<Uint8Array> | undefined> {
    const response = await this.#bucket.call({
      method: "GET",
      key,
      ...(range ? { headers: { Range: `bytes=${range.offset}-${range.offset + range.length - 1}` } } : {}),
      accepted: range ? [206, 404] : [200, 404],
    });
    if (response.status !== 404) return response.body ?? undefined;
    await response.body?.cancel();
    return undefined;
  }

  async size(key: string): Promise<number | undefined> {
    const response = await this.#bucket.call({ method: "HEAD", key, accepted: [200, 404] });
    return response.status === 404 ? undefined : Number(response.headers.get("content-length"));
  }

  async delete(keys: readonly string[]): Promise<void> {
    // One by one: the call for many wants an MD5 of its body, and not every store offers it.
    for (let start = 0; start < keys.length; start += deletesAtOnce) {
      const some = keys.slice(start, start + deletesAtOnce);
      await Promise.all(some.map((key) => this.#bucket.call({ method: "DELETE", key, accepted: [200, 204, 404] })));
    }
  }

  async *list(prefix: string, after?: string): AsyncIterable<StoredObject> {
    let place: Record<string, string> = after === undefined ? {} : { "start-after": after };
    for (;;) {
      const response = await this.#bucket.call({
        method: "GET",
        query: { "list-type": "2", prefix, ...place },
        accepted: [200],
      });
      const page = rootElement(await response.text(), "ListBucketResult");
      for (const entry of children(page, "Contents")) {
        yield {
          key: childText(entry, "Key") ?? "",
          size: Number(childText(entry, "Size")),
          storedAt: Date.parse(childText(entry, "LastModified") ?? ""),
        };
      }
      const next = childText(page, "NextContinuationToken");
      if (childText(page, "IsTruncated") !== "true" || next === undefined) return;
      place = { "continuation-token": next };
    }
  }

  async #store(key: string, body: ReadableStream<Uint8Array> | Uint8Array): Promise<void> {
    const response = await this.#bucket.call({ method: "PUT", key, headers: octets, body, accepted: [200] });
    await response.body?.cancel();
  }
}
