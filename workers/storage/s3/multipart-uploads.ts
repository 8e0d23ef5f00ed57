import { RegistryError } from "../../../core/errors.ts";
import type { PartsUpload } from "../put-in-parts.ts";
import { octets, type S3Bucket } from "./bucket.ts";
import { childText, escapeXml, rootElement, s3Error } from "./xml.ts";

/** A stored part as the store wants it named when the upload is completed. */
export interface UploadedPart {
  /** From 1. */
  readonly number: number;
  readonly etag: string;
}

/** Multipart uploads of the S3 API: an object that becomes visible only when all its parts are there. */
export class MultipartUploads {
  readonly #bucket: S3Bucket;

  constructor(bucket: S3Bucket) {
    this.#bucket = bucket;
  }

  /** Starts an upload and returns its id. */
  async create(key: string): Promise<string> {
    const response = await this.#bucket.call({
      method: "POST",
      key,
      query: { uploads: "" },
      headers: octets,
      accepted: [200],
    });
    const id = childText(rootElement(await response.text(), "InitiateMultipartUploadResult"), "UploadId");
    if (id === undefined || id === "")
      throw new RegistryError("unavailable", "The S3 store began an upload without an id.");
    return id;
  }

  /**
   * Joins the parts. Returns false when the store no longer knows the upload: it was completed or aborted before.
   * Errors: `upload_invalid` when a part is missing, too small or not the one that was stored.
   */
  async complete(key: string, id: string, parts: readonly UploadedPart[]): Promise<boolean> {
    const list = parts.map(
      ({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${escapeXml(etag)}</ETag></Part>`,
    );
    const response = await this.#bucket.call({
      method: "POST",
      key,
      query: { uploadId: id },
      headers: { "Content-Type": "application/xml" },
      body: `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${list.join("")}</CompleteMultipartUpload>`,
      accepted: [200, 400, 404],
    });
    // A store may begin to answer 200 before it knows how joining ends; then the error is in the body.
    const error = s3Error(await response.text());
    if (!error && response.status === 200) return true;
    if (error?.code === "NoSuchUpload" || response.status === 404) return false;
    throw new RegistryError("upload_invalid", `The parts cannot be joined: ${error?.code ?? response.status}.`, {
      details: { reason: error?.code ?? null },
      suggestions: ["Send the parts again and name each with the ETag that its upload answered."],
    });
  }

  /** Drops an upload and its parts. One that does not exist is ignored. */
  async abort(key: string, id: string): Promise<void> {
    await this.#bucket.call({ method: "DELETE", key, query: { uploadId: id }, accepted: [200, 204, 404] });
  }

  async send(key: string, id: string, number: number, part: Uint8Array): Promise<UploadedPart> {
    const query = { partNumber: String(number), uploadId: id };
    const response = await this.#bucket.call({ method: "PUT", key, query, body: part, accepted: [200] });
    await response.body?.cancel();
    return { number, etag: response.headers.get("etag") ?? "" };
  }

  async begin(key: string): Promise<PartsUpload<UploadedPart>> {
    const id = await this.create(key);
    return {
      send: (number, part) => this.send(key, id, number, part),
      complete: async (parts) => {
        if (!(await this.complete(key, id, parts)))
          throw new RegistryError("unavailable", "The S3 store forgot an upload.");
      },
      abort: () => this.abort(key, id),
    };
  }
}
