import { createHash } from "node:crypto";
import { type Digest, type DigestAlgorithm, digestOf } from "../../core/digests.ts";
import type { BlobStore } from "./blob-store.ts";
import { sourceFromStream } from "./byte-source.ts";
import { openSegments, type StoredSegment } from "./segments.ts";

/** Hashes chunks as they pass. `digest` tells the digest so far and lets more follow. */
export interface Hasher {
  update(chunk: Uint8Array): void;
  digest(): Digest;
}

/** The platform's own hash: about six times as fast as the resumable one, but it cannot leave the request. */
export function nativeHasher(algorithm: DigestAlgorithm): Hasher {
  const hash = createHash(algorithm);
  return {
    update: (chunk) => void hash.update(chunk),
    digest: () => digestOf(algorithm, hash.copy().digest()),
  };
}

/** Reads stored segments back and hashes them: the way to a digest that no request could compute as the bytes came. */
export async function hashSegments(
  store: BlobStore,
  segments: readonly StoredSegment[],
  algorithm: DigestAlgorithm,
): Promise<Digest> {
  const length = segments.reduce((sum, segment) => sum + segment.size, 0);
  const hasher = nativeHasher(algorithm);
  const source = sourceFromStream(await openSegments(store, segments, { offset: 0, length }), length, (chunk) =>
    hasher.update(chunk),
  );
  while ((await source.read()) !== undefined);
  return hasher.digest();
}
