/** Bytes of known length that can be read from any place: what a resumable upload needs. */
export interface BlobSource {
  readonly size: number;
  /** The bytes from `start` up to and without `end`. May be asked for the same bytes again. */
  slice(start: number, end: number): Promise<Uint8Array | Blob>;
}

export function bytesSource(bytes: Uint8Array): BlobSource {
  return { size: bytes.length, slice: (start, end) => Promise.resolve(bytes.subarray(start, end)) };
}

/** A browser's `File` or `Blob`. */
export function blobSource(blob: Blob): BlobSource {
  return { size: blob.size, slice: (start, end) => Promise.resolve(blob.slice(start, end)) };
}
