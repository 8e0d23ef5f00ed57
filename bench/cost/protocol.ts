/** What requests made the platform do. Each is something that Cloudflare bills, except `queries`, which is time. */
export interface Cost {
  /** Round trips to D1: a batch is one. */
  queries: number;
  rowsRead: number;
  rowsWritten: number;
  /** R2 operations that write or list. */
  classA: number;
  /** R2 operations that read. */
  classB: number;
  /** Calls of a Durable Object. */
  objectRequests: number;
  /** Rows that Durable Objects read and wrote in their own storage; a key, a value or an alarm is one. */
  objectRowsRead: number;
  objectRowsWritten: number;
}

/** Versions to publish through the namespace's graph, with manifests that name blobs of the repository. */
export interface Seed {
  readonly handle: string;
  readonly namespaceId: string;
  readonly userId: string;
  readonly name: string;
  /** `1.<from>.0` up to but not including `1.<to>.0`. */
  readonly from: number;
  readonly to: number;
  readonly config: { readonly digest: string; readonly size: number };
  readonly layer: { readonly digest: string; readonly size: number };
}
