import { type Digest, type DigestAlgorithm, digestAlgorithm, digestOf } from "../../../core/digests.ts";
import type { UploadLease } from "../../objects/upload-session/index.ts";
import { type Hasher, nativeHasher } from "../../storage/hashing.ts";
import { ResumableSha256 } from "../../storage/sha256/index.ts";

/** What is known about an upload's content after a segment. */
export interface HashKnowledge {
  /** Digest of everything, when this request carried everything. */
  readonly whole: Digest | undefined;
  /** State to go on from in the next request. */
  readonly hash: Uint8Array | undefined;
}

export interface SegmentHash {
  update(chunk: Uint8Array): void;
  finish(): HashKnowledge;
}

const native = (hasher: Hasher): SegmentHash => ({
  update: (chunk) => hasher.update(chunk),
  finish: () => ({ whole: hasher.digest(), hash: undefined }),
});

/**
 * Chooses how to hash a segment while it streams by: the native hash when the request may carry the whole blob or
 * when `live` is the hash of everything before it, the resumable one when it says that more will follow, and none when
 * the beginning was not hashed in a way that can go on (then the stored bytes are read back once at the end).
 */
export function segmentHash(
  lease: UploadLease,
  more: boolean,
  algorithm: DigestAlgorithm,
  live: Hasher | undefined,
): SegmentHash {
  if (live) return native(live);
  if (lease.offset === 0 && !more) return native(nativeHasher(algorithm));
  if (algorithm === "sha256" && (lease.offset === 0 || lease.hash)) {
    const hasher = new ResumableSha256(lease.hash);
    return { update: (chunk) => hasher.update(chunk), finish: () => ({ whole: undefined, hash: hasher.state() }) };
  }
  return { update: () => undefined, finish: () => ({ whole: undefined, hash: undefined }) };
}

/** The digest that the knowledge yields in the wanted algorithm, undefined when the bytes must be read again. */
export function knownDigest(knowledge: HashKnowledge, algorithm: DigestAlgorithm): Digest | undefined {
  if (knowledge.whole && digestAlgorithm(knowledge.whole) === algorithm) return knowledge.whole;
  if (knowledge.hash && algorithm === "sha256") return digestOf("sha256", new ResumableSha256(knowledge.hash).digest());
  return undefined;
}
