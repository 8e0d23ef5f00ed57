import type { DirectAccess, DirectPart } from "../direct-access.ts";
import type { S3Bucket } from "./bucket.ts";
import { MultipartUploads } from "./multipart-uploads.ts";

/** Presigned addresses of the S3 API. */
export class S3DirectAccess implements DirectAccess {
  readonly #bucket: S3Bucket;
  readonly #multipart: MultipartUploads;

  constructor(bucket: S3Bucket) {
    this.#bucket = bucket;
    this.#multipart = new MultipartUploads(bucket);
  }

  downloadUrl(key: string, seconds: number, disposition?: string): Promise<string> {
    const query = disposition === undefined ? {} : { "response-content-disposition": disposition };
    return this.#bucket.presign("GET", key, query, seconds);
  }

  begin(key: string): Promise<string> {
    return this.#multipart.create(key);
  }

  partUrl(key: string, id: string, number: number, seconds: number): Promise<string> {
    return this.#bucket.presign("PUT", key, { partNumber: String(number), uploadId: id }, seconds);
  }

  complete(key: string, id: string, parts: readonly DirectPart[]): Promise<boolean> {
    return this.#multipart.complete(key, id, parts);
  }

  abort(key: string, id: string): Promise<void> {
    return this.#multipart.abort(key, id);
  }
}
