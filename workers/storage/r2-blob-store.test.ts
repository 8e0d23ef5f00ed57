import { env } from "cloudflare:workers";
import { blobStoreContract } from "../../tests/contracts/blob-store.ts";
import { R2BlobStore } from "./r2-blob-store.ts";

blobStoreContract("R2", () => new R2BlobStore(env.BLOBS));
