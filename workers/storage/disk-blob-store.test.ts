import { env } from "cloudflare:workers";
import { blobStoreContract } from "../../tests/contracts/blob-store.ts";
import { DiskBlobStore } from "./disk-blob-store.ts";

blobStoreContract("disk", () => new DiskBlobStore(env.TEST_DISK));
