/** Where a bucket is and how to be let in. */
export interface S3Settings {
  /** Address of the S3 API, such as `https://<account>.r2.cloudflarestorage.com`. */
  readonly endpoint: string;
  /** The same API as clients reach it, when that is another address. */
  readonly publicEndpoint: string;
  readonly bucket: string;
  /** `auto` for R2. */
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}
