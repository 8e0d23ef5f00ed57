import { createCipheriv, createHash } from "node:crypto";

/** Bytes of one piece. */
export const pieceSize = 256 * 1024;
const zeros = new Uint8Array(pieceSize);

/**
 * The bytes that a name stands for, piece by piece: the same for the same name, different from every other's, and made
 * faster than a disk reads, so that content of any size needs no file and can be checked against itself. The key stream
 * of AES in counter mode. `from` is a multiple of `pieceSize`.
 */
export function* contentPieces(name: string, size: number, from = 0): Generator<Uint8Array> {
  const counter = Buffer.alloc(16);
  counter.writeBigUInt64BE(BigInt(from / 16), 8);
  const cipher = createCipheriv("aes-128-ctr", createHash("sha256").update(name).digest().subarray(0, 16), counter);
  for (let at = from; at < size; at += pieceSize)
    yield cipher.update(zeros.subarray(0, Math.min(pieceSize, size - at)));
}

/** Small content in one piece of memory. */
export const contentOf = (name: string, size: number): Uint8Array =>
  new Uint8Array(Buffer.concat([...contentPieces(name, size)]));

/** The digest of content of any size. */
export function digestOfContent(name: string, size: number): string {
  const hash = createHash("sha256");
  for (const piece of contentPieces(name, size)) hash.update(piece);
  return `sha256:${hash.digest("hex")}`;
}
