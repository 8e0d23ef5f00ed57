import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { blobStoreContract } from "../../../tests/contracts/blob-store.ts";
import { directAccessContract } from "../../../tests/contracts/direct-access.ts";
import { sourceFromBytes } from "../byte-source.ts";
import { S3Bucket } from "./bucket.ts";
import { S3BlobStore } from "./s3-blob-store.ts";

const open = () => new S3BlobStore(new S3Bucket(env.TEST_S3));
blobStoreContract("S3", open);
directAccessContract("S3", open);

it("a store that refuses the credentials is unavailable, and the secret is not told", async () => {
  const secretAccessKey = "a-wrong-secret-of-forty-characters-00000";
  const store = new S3BlobStore(new S3Bucket({ ...env.TEST_S3, secretAccessKey }));
  const failure: unknown = await store.put("any", sourceFromBytes(new Uint8Array(1))).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "unavailable", cause: { message: expect.stringContaining("403") } });
  expect(JSON.stringify(failure) + String((failure as Error).cause)).not.toContain(secretAccessKey);
});

it("a store that cannot be reached is unavailable", async () => {
  const store = new S3BlobStore(new S3Bucket({ ...env.TEST_S3, endpoint: "http://127.0.0.1:9" }));
  await expect(store.size("any")).rejects.toMatchObject({ code: "unavailable" });
});
