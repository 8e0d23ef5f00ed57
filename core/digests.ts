import { RegistryError } from "./errors.ts";

declare const brand: unique symbol;

/** `sha256:<64 hex>` or `sha512:<128 hex>`, lower case (OCI image-spec, descriptor.md "Digests"). */
export type Digest = string & { readonly [brand]: "Digest" };
export type DigestAlgorithm = "sha256" | "sha512";

const hexLength: Record<DigestAlgorithm, number> = { sha256: 64, sha512: 128 };
const pattern = /^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

export function isDigest(text: string): text is Digest {
  return pattern.test(text);
}

/** Parses a digest. Throws `digest_invalid` when the algorithm is unknown or the hex is malformed. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new RegistryError("digest_invalid", `"${text.slice(0, 160)}" is not a digest that this registry knows.`, {
    suggestions: ["Use sha256:<64 lower-case hex digits> or sha512:<128 lower-case hex digits>."],
  });
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.slice(0, digest.indexOf(":")) as DigestAlgorithm;
}

export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

export function isDigestAlgorithm(text: string): text is DigestAlgorithm {
  return Object.hasOwn(hexLength, text);
}

export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** Builds a digest from raw hash bytes (32 for sha256, 64 for sha512). */
export function digestOf(algorithm: DigestAlgorithm, hash: Uint8Array): Digest {
  if (hash.length * 2 !== hexLength[algorithm]) throw new TypeError(`${algorithm} hash has ${hash.length} bytes`);
  return `${algorithm}:${toHex(hash)}` as Digest;
}

/** Hashes bytes that are already in memory. Streams go through `workers/storage/hashing.ts`. */
export async function digestBytes(algorithm: DigestAlgorithm, bytes: Uint8Array): Promise<Digest> {
  const name = algorithm === "sha256" ? "SHA-256" : "SHA-512";
  return digestOf(algorithm, new Uint8Array(await crypto.subtle.digest(name, bytes as BufferSource)));
}
