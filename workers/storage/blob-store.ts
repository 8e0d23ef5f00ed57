import type { ByteSource } from "./byte-source.ts";
import type { DirectAccess } from "./direct-access.ts";

/** A part of an object: `length` bytes from `offset`. Both are inside the object. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

export interface BlobReader {
  /** Opens an object or a range of it; undefined when there is none. `size` is the object's, where the caller knows it. */
  get(key: string, range?: ByteRange, size?: number): Promise<ReadableStream<Uint8Array> | undefined>;
}

/**
 * Where bytes live. Keys come from `paths.ts` and are never written twice. An object is visible only when all of it
 * is stored; a failed `put` leaves nothing that `get` can see. Failures of the store itself reject with
 * `unavailable`; failures of the source (client gone, body too short) reject with the source's own error.
 */
export interface BlobStore extends BlobReader {
  /**
   * True on one machine: one isolate serves every request and reading back costs little. Then a chunked upload is hashed
   * natively in memory, and read back in the rare case that the memory is lost; elsewhere its hash is checkpointed.
   */
  readonly local: boolean;
  /** How clients reach the store without the Worker; undefined when they cannot. */
  readonly direct: DirectAccess | undefined;
  /** Stores the whole source and returns how many bytes it held. An empty source may leave no object. */
  put(key: string, source: ByteSource): Promise<number>;
  /** Size in bytes, or undefined when there is no such object. */
  size(key: string): Promise<number | undefined>;
  /** Deletes objects; those that do not exist are ignored. */
  delete(keys: readonly string[]): Promise<void>;
  /** Objects whose key has this prefix, in byte order of their keys, from behind the key `after` on. */
  list(prefix: string, after?: string): AsyncIterable<StoredObject>;
}

/** One object of a listing. */
export interface StoredObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly storedAt: number;
}
