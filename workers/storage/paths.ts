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

/** Key of one write attempt of an upload. `upload` is its UUID, `attempt` counts from 1. */
export function segmentKey(upload: string, attempt: number): string {
  return `blobs/${upload}/${attempt}`;
}

/** Key of a manifest's bytes. `attempt` is a fresh UUID. */
export function manifestKey(digest: Digest, attempt: string): string {
  return `manifests/${digestAlgorithm(digest)}/${digestHex(digest)}/${attempt}`;
}
