import { z } from "zod";
import type { S3Settings } from "./s3/bucket.ts";

const origin = z
  .url({ protocol: /^https?$/ })
  .transform((text) => text.replace(/\/+$/, ""))
  .optional();

const schema = z.object({
  GATI_STORE: z.enum(["disk", "r2", "s3"]).optional(),
  GATI_S3_ENDPOINT: origin,
  GATI_S3_PUBLIC_ENDPOINT: origin,
  GATI_S3_BUCKET: z.string().min(1).optional(),
  GATI_S3_REGION: z.string().min(1).default("auto"),
  GATI_S3_ACCESS_KEY_ID: z.string().min(1).optional(),
  GATI_S3_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  GATI_BLOB_DOMAIN: origin,
  GATI_REDIRECT_DOWNLOADS: z.enum(["on", "off"]).default("on"),
  GATI_EDGE_CACHE: z.enum(["on", "off"]).optional(),
});

export interface StoreSettings {
  readonly kind: "disk" | "r2" | "s3";
  /** The bucket's S3 address; undefined when none is configured. */
  readonly s3: S3Settings | undefined;
  /** Origin under which the bucket's objects are public, by their keys. */
  readonly publicOrigin: string | undefined;
  /** Whether downloads of large blobs are sent to the store's own address. */
  readonly redirects: boolean;
  /** Whether downloads that pass through the Worker are kept in the cache of the data centre. */
  readonly edgeCache: boolean;
}

/**
 * Reads the store's settings: the names of `StoreEnv`. `hasDisk`: whether there is a disk service.
 * Throws a plain Error that names the faulty setting, never its value.
 */
export function storeSettingsOf(env: object, hasDisk: boolean): StoreSettings {
  const result = schema.safeParse(env);
  if (!result.success) {
    const faults = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`The blob store is not configured: ${faults.join("; ")}`);
  }
  const given = result.data;
  const kind = given.GATI_STORE ?? (hasDisk ? "disk" : "r2");
  if (kind === "disk" && !hasDisk) throw new Error("GATI_STORE: only the one-machine server has a disk");
  return {
    kind,
    s3: s3Settings(given, kind === "s3"),
    publicOrigin: given.GATI_BLOB_DOMAIN,
    redirects: given.GATI_REDIRECT_DOWNLOADS === "on",
    // Another S3 store usually means another machine than Cloudflare's, where the cache is only a simulation.
    edgeCache: (given.GATI_EDGE_CACHE ?? (kind === "r2" ? "on" : "off")) === "on",
  };
}

function s3Settings(given: z.infer<typeof schema>, required: boolean): S3Settings | undefined {
  const endpoint = given.GATI_S3_ENDPOINT;
  const bucket = given.GATI_S3_BUCKET;
  const accessKeyId = given.GATI_S3_ACCESS_KEY_ID;
  const secretAccessKey = given.GATI_S3_SECRET_ACCESS_KEY;
  if (endpoint && bucket && accessKeyId && secretAccessKey) {
    const publicEndpoint = given.GATI_S3_PUBLIC_ENDPOINT ?? endpoint;
    return { endpoint, publicEndpoint, bucket, region: given.GATI_S3_REGION, accessKeyId, secretAccessKey };
  }
  const some = [endpoint, bucket, accessKeyId, secretAccessKey].some((value) => value !== undefined);
  if (!some && !required) return undefined;
  throw new Error(
    "An S3 store needs all of GATI_S3_ENDPOINT, GATI_S3_BUCKET, GATI_S3_ACCESS_KEY_ID, GATI_S3_SECRET_ACCESS_KEY.",
  );
}
