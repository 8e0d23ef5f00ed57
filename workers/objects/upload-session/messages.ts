import type { Digest, DigestAlgorithm } from "../../../core/digests.ts";
import type { Repository } from "../../../core/identifiers.ts";
import type { StoredSegment } from "../../storage/segments.ts";

/** What a caller must prove to use an upload: that it is the upload's own repository and user. */
export interface UploadClaim {
  readonly repository: Repository;
  readonly userId: string;
  /** Present when the caller proves that the upload was opened, so that the first use of it makes it. */
  readonly opening?: { readonly id: string; readonly algorithm: DigestAlgorithm } | undefined;
}

/** The right to add one segment. */
export interface UploadLease {
  readonly attempt: number;
  readonly key: string;
  readonly offset: number;
  readonly algorithm: DigestAlgorithm;
  readonly whole: Digest | undefined;
  readonly hash: Uint8Array | undefined;
}

/** What the holder of a lease stored. */
export interface UploadCommit {
  readonly attempt: number;
  readonly segment: StoredSegment | undefined;
  readonly whole: Digest | undefined;
  readonly hash: Uint8Array | undefined;
}

export type UploadStatus = { readonly offset: number } | { readonly finished: Digest; readonly size: number };
