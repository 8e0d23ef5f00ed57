/** What the blob store of an installation is made from. `docs/operations.md` lists the settings. */
export interface StoreEnv {
  readonly BLOBS: R2Bucket;
  /** Only on the one-machine server: the runtime's disk service, rooted in the data folder. */
  readonly DISK?: Fetcher;
  readonly GATI_STORE?: string;
  readonly GATI_S3_ENDPOINT?: string;
  readonly GATI_S3_PUBLIC_ENDPOINT?: string;
  readonly GATI_S3_BUCKET?: string;
  readonly GATI_S3_REGION?: string;
  readonly GATI_S3_ACCESS_KEY_ID?: string;
  readonly GATI_S3_SECRET_ACCESS_KEY?: string;
  readonly GATI_BLOB_DOMAIN?: string;
  readonly GATI_REDIRECT_DOWNLOADS?: string;
  readonly GATI_EDGE_CACHE?: string;
}
