import { sha256, sha512 } from "@noble/hashes/sha2.js";
import type { DigestAlgorithm } from "../../../core/digests.ts";

export interface IncrementalHash {
  update(bytes: Uint8Array): unknown;
  /** The hash of everything so far; called once. */
  digest(): Uint8Array;
}

/** Makes a hash that takes a stream piece by piece. WebCrypto has none, so the main entry uses plain JavaScript. */
export type HashFactory = (algorithm: DigestAlgorithm) => IncrementalHash;

export const portableHash: HashFactory = (algorithm) => (algorithm === "sha256" ? sha256.create() : sha512.create());
