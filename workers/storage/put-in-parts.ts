import type { ByteSource } from "./byte-source.ts";
import { PartReader } from "./part-reader.ts";

/** Stores want equal parts of at least 5 MiB; 10,000 of these make 80 GB, and two of them fit a Worker's memory easily. */
const partSize = 8 * 1024 * 1024;
const emptyPart = new Uint8Array(0);

/** A multipart upload that has begun. */
export interface PartsUpload<T> {
  /** Stores one part. `number` counts from 1. */
  send(number: number, part: Uint8Array): Promise<T>;
  /** Makes the object visible. */
  complete(parts: readonly T[]): Promise<void>;
  abort(): Promise<void>;
}

export interface PartsTarget<T> {
  /** Stores a body that is smaller than one part. */
  whole(bytes: Uint8Array): Promise<unknown>;
  begin(): Promise<PartsUpload<T>>;
}

/**
 * Stores a body of unknown length: as one object when it fits a part, otherwise part by part; two parts are in memory,
 * never more. Returns the number of bytes; an empty body leaves no object. On failure nothing becomes visible.
 */
export async function putInParts<T>(source: ByteSource, target: PartsTarget<T>): Promise<number> {
  const reader = new PartReader(source, partSize);
  let part = await reader.next();
  if (part.byteLength === 0) return 0;
  if (part.byteLength < partSize) {
    await target.whole(part);
    return part.byteLength;
  }
  const upload = await target.begin();
  try {
    const done: T[] = [];
    let size = 0;
    while (part.byteLength > 0) {
      const current = part;
      const last = current.byteLength < partSize;
      // The next part is read while this one is stored.
      const [sent, next] = await settled(upload.send(done.length + 1, current), last ? emptyPart : reader.next());
      done.push(sent);
      size += current.byteLength;
      part = next;
    }
    await upload.complete(done);
    return size;
  } catch (error) {
    // The store drops what is left of an unfinished upload by itself after days, so a failed abort only costs space.
    await upload.abort().catch(() => undefined);
    throw error;
  }
}

/** Waits for both, also when one fails: a part must not arrive after the upload was aborted. */
async function settled<A, B>(first: Promise<A>, second: Promise<B> | B): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (b.status === "rejected") throw b.reason;
  if (a.status === "rejected") throw a.reason;
  return [a.value, b.value];
}
