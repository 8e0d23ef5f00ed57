import type { BlobReader, BlobStore } from "./blob-store.ts";
import { DiskBlobStore } from "./disk-blob-store.ts";
import { DownloadAddresses } from "./download-addresses.ts";
import { EdgeCachedReader } from "./edge-cached-reader.ts";
import { R2BlobStore } from "./r2-blob-store.ts";
import { S3Bucket } from "./s3/bucket.ts";
import { S3BlobStore } from "./s3/s3-blob-store.ts";
import { S3DirectAccess } from "./s3/s3-direct-access.ts";
import { storeSettingsOf } from "./settings.ts";
import type { StoreEnv } from "./store-env.ts";

/** What an installation keeps its blobs in. */
export interface Storage {
  readonly blobs: BlobStore;
  /** Reads the same blobs for downloads, through a cache where there is one. */
  readonly reader: BlobReader;
  /** Where clients may read objects by themselves; undefined when everything comes through the Worker. */
  readonly addresses: DownloadAddresses | undefined;
}

const known = new WeakMap<StoreEnv, Storage>();

/** The storage of this installation. Throws when its settings are faulty. */
export function storageOf(env: StoreEnv): Storage {
  let storage = known.get(env);
  if (!storage) {
    storage = open(env);
    known.set(env, storage);
  }
  return storage;
}

/** The blob store of this installation: the disk of a one-machine server where there is one, else the R2 bucket. */
export function blobStoreOf(env: StoreEnv): BlobStore {
  return storageOf(env).blobs;
}

function open(env: StoreEnv): Storage {
  const { kind, s3, publicOrigin, redirects, edgeCache } = storeSettingsOf(env, env.DISK !== undefined);
  if (kind === "disk") {
    const blobs = new DiskBlobStore(env.DISK as Fetcher);
    return { blobs, reader: blobs, addresses: undefined };
  }
  const bucket = s3 && new S3Bucket(s3);
  const direct = bucket && new S3DirectAccess(bucket);
  const blobs = kind === "s3" ? new S3BlobStore(bucket as S3Bucket) : new R2BlobStore(env.BLOBS, direct);
  const redirecting = redirects && (direct !== undefined || publicOrigin !== undefined);
  return {
    blobs,
    reader: edgeCache ? new EdgeCachedReader(blobs) : blobs,
    addresses: redirecting ? new DownloadAddresses(direct, publicOrigin) : undefined,
  };
}

export type { BlobReader, BlobStore, ByteRange, StoredObject } from "./blob-store.ts";
export type { DownloadAddresses } from "./download-addresses.ts";
export type { DirectAccess, DirectPart } from "./direct-access.ts";
