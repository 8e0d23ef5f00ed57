import type { Env } from "../env.ts";
import type { BlobStore } from "./blob-store.ts";
import { DiskBlobStore } from "./disk-blob-store.ts";
import { R2BlobStore } from "./r2-blob-store.ts";

const stores = new WeakMap<Env, BlobStore>();

/** The blob store of this installation: the disk of a one-machine server where there is one, else the R2 bucket. */
export function blobStoreOf(env: Env): BlobStore {
  const known = stores.get(env);
  if (known) return known;
  const store = env.DISK ? new DiskBlobStore(env.DISK) : new R2BlobStore(env.BLOBS);
  stores.set(env, store);
  return store;
}

export type { BlobStore, ByteRange, StoredObject } from "./blob-store.ts";
