import type { BlobStore } from "../../storage/index.ts";

/** What a check can find. Each kind is explained, with what to do about it, in docs/operations.md. */
export const findingKinds = [
  "projection_unreadable",
  "projection_behind",
  "projection_ahead",
  "projection_differs",
  "projection_busy",
  "blob_lost",
  "blob_damaged",
  "blob_unheld",
  "manifest_lost",
  "manifest_damaged",
  "manifest_unreadable",
  "references_differ",
  "content_missing",
  "link_missing",
  "link_unlisted",
  "object_orphaned",
  "object_recent",
  "object_unknown",
] as const;
export type FindingKind = (typeof findingKinds)[number];

/**
 * error: something is lost, or will be served wrongly · warning: space is wasted or something could not be judged ·
 * note: nothing of the registry is wrong.
 */
export const severities = ["error", "warning", "note"] as const;
export type Severity = (typeof severities)[number];

/** One thing that is not as it should be. */
export interface Finding {
  readonly kind: FindingKind;
  readonly severity: Severity;
  /** Digest, object key, repository or namespace that it is about. */
  readonly what: string;
  readonly message: string;
  readonly repaired: boolean;
  /** What to do next; for what is repaired, what the repair was. */
  readonly remedy: string;
}

/** How much was looked at. */
export interface Checked {
  readonly namespaces: number;
  readonly blobs: number;
  readonly manifests: number;
  readonly links: number;
  readonly objects: number;
  /** Bytes that were read and hashed. */
  readonly bytes: number;
}

export const nothingChecked: Checked = { namespaces: 0, blobs: 0, manifests: 0, links: 0, objects: 0, bytes: 0 };

export interface CheckOptions {
  /** Repair what can be repaired without doubt. */
  readonly repair: boolean;
  /** Read every byte and compare it with its digest. */
  readonly deep: boolean;
}

/** What one page of a check looked at and found; `next` is where the phase goes on, undefined at its end. */
export interface PhasePage {
  readonly checked: Partial<Checked>;
  readonly findings: readonly Finding[];
  readonly next: string | undefined;
  /** True when a projection is in doubt: then what D1 names is not all that is named. */
  readonly unsettled?: boolean;
}

/** What a check uses. */
export interface CheckParts {
  readonly db: D1Database;
  readonly blobs: BlobStore;
  now(): number;
}

/** Runs `work` for every item, six at a time: a Worker holds no more connections open. */
export async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async () => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at] as T);
  };
  await Promise.all(Array.from({ length: Math.min(6, items.length) }, lane));
  return results;
}
