/**
 * The only place that builds object keys. Every key is written once and never again: each belongs to one write
 * attempt, so a late or failed writer can never touch bytes that somebody else relies on, and a deleted object's
 * key never comes back with other content.
 *
 * | Key | Holds |
 * |---|---|
 * | `blobs/<upload>/<attempt>` | one segment of a blob: what one request of that upload carried |
 * | `manifests/<algorithm>/<hex>/<attempt>` | the exact bytes of one pushed manifest |
 */
import { type Digest, digestAlgorithm, digestHex } from "../../core/digests.ts";

/** Key of one write attempt of an upload. `upload` is its UUID; `attempt` counts from 1, or is a UUID without a session. */
export function segmentKey(upload: string, attempt: number | string): string {
  return `blobs/${upload}/${attempt}`;
}

/** Key of a manifest's bytes. `attempt` is a fresh UUID. */
export function manifestKey(digest: Digest, attempt: string): string {
  return `manifests/${digestAlgorithm(digest)}/${digestHex(digest)}/${attempt}`;
}

/** What every key begins with; together they cover the whole store. */
export const keyPrefixes = { segments: "blobs/", manifests: "manifests/" } as const;

/** The upload that a segment's key belongs to; undefined for any other key. All segments of a blob share one upload. */
export function uploadOfKey(key: string): string | undefined {
  return /^blobs\/([^/]+)\/[^/]+$/.exec(key)?.[1];
}

/** True for a key that `manifestKey` may have built. */
export function isManifestKey(key: string): boolean {
  return /^manifests\/sha(?:256|512)\/[0-9a-f]+\/[^/]+$/.test(key);
}
