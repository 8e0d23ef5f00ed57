import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type Digest, type DigestAlgorithm, digestOf } from "../../../../core/digests.ts";
import type { HashFactory } from "../hashing.ts";

/** Native hashing: many times faster than the portable one. */
export const nodeHash: HashFactory = (algorithm) => createHash(algorithm);

/** Digest of a file, streamed. Throws the file system's error when it cannot be read. */
export async function digestFile(path: string, algorithm: DigestAlgorithm = "sha256"): Promise<Digest> {
  const hash = createHash(algorithm);
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(piece as Uint8Array);
  return digestOf(algorithm, hash.digest());
}
