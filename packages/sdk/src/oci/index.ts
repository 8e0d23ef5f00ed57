import type { Digest } from "../../../../core/digests.ts";
import type { Repository } from "../../../../core/identifiers.ts";
import type { BlobSink } from "../sinks.ts";
import type { BlobSource } from "../sources.ts";
import { blobExists, readBlob } from "./blobs.ts";
import type { OciContext } from "./context.ts";
import { downloadBlob, type DownloadOptions } from "./download.ts";
import { type FetchedManifest, getManifest, putManifest } from "./manifests.ts";
import { uploadBlob, type UploadOptions } from "./upload.ts";

/** The OCI distribution surface: blobs and manifests of a repository. */
export class Oci {
  readonly #context: OciContext;

  constructor(context: OciContext) {
    this.#context = context;
  }

  /** See `blobExists`. */
  blobExists(repository: Repository, digest: Digest, signal?: AbortSignal): Promise<boolean> {
    return blobExists(this.#context, repository, digest, signal);
  }

  /** See `uploadBlob`: chunked, retried and resumable. */
  uploadBlob(repository: Repository, source: BlobSource, options: UploadOptions): Promise<void> {
    return uploadBlob(this.#context, repository, source, options);
  }

  /** See `downloadBlob`: streamed, resumed after a break, verified before the sink commits. Resolves to the size. */
  downloadBlob(repository: Repository, digest: Digest, sink: BlobSink, options?: DownloadOptions): Promise<number> {
    return downloadBlob(this.#context, repository, digest, sink, options);
  }

  /** See `readBlob`: a small blob in memory, verified. */
  readBlob(
    repository: Repository,
    digest: Digest,
    options?: { limit?: number; signal?: AbortSignal },
  ): Promise<Uint8Array> {
    return readBlob(this.#context, repository, digest, options);
  }

  /** See `getManifest`: exact bytes, verified. */
  getManifest(repository: Repository, reference: string, signal?: AbortSignal): Promise<FetchedManifest> {
    return getManifest(this.#context, repository, reference, signal);
  }

  /** See `putManifest`. */
  putManifest(repository: Repository, reference: string, bytes: Uint8Array, mediaType?: string): Promise<Digest> {
    return putManifest(this.#context, repository, reference, bytes, mediaType);
  }
}
