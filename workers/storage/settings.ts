import { z } from "zod";
import type { S3Settings } from "./s3/settings.ts";

/** Messages begin with the setting's name. */
const origin = (name: string) =>
  z
    .url({ protocol: /^https?$/, error: `${name}: it has to be an address such as https://blobs.example` })
    .transform((text) => text.replace(/\/+$/, ""))
    .optional();
const text = (name: string) => z.string().min(1, `${name}: it must not be empty`);
const onOrOff = (name: string) => z.enum(["on", "off"], `${name}: only on and off are known`);

const schema = z.object({
  GATI_STORE: z.enum(["disk", "r2", "s3"], "GATI_STORE: only disk, r2 and s3 are known").optional(),
  GATI_S3_ENDPOINT: origin("GATI_S3_ENDPOINT"),
  GATI_S3_PUBLIC_ENDPOINT: origin("GATI_S3_PUBLIC_ENDPOINT"),
  GATI_S3_BUCKET: text("GATI_S3_BUCKET").optional(),
  GATI_S3_REGION: text("GATI_S3_REGION").default("auto"),
  GATI_S3_ACCESS_KEY_ID: text("GATI_S3_ACCESS_KEY_ID").optional(),
  GATI_S3_SECRET_ACCESS_KEY: text("GATI_S3_SECRET_ACCESS_KEY").optional(),
  GATI_BLOB_DOMAIN: origin("GATI_BLOB_DOMAIN"),
  GATI_REDIRECT_DOWNLOADS: onOrOff("GATI_REDIRECT_DOWNLOADS").default("on"),
  GATI_EDGE_CACHE: onOrOff("GATI_EDGE_CACHE").optional(),
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
    throw new Error(
      `The blob store is not configured: ${result.error.issues.map(({ message }) => message).join("; ")}.`,
    );
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
