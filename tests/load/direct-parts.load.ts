import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Digest } from "../../core/digests.ts";
import type { Repository as RepositoryName } from "../../core/identifiers.ts";
import { type BlobSource, createClient } from "../../packages/sdk/src/index.ts";
import { Api } from "../harness/api.ts";
import { contentPieces, digestOfContent } from "../harness/content.ts";
import { RestartableRegistry } from "../harness/registry-process.ts";
import { makeKey, signUp } from "../http/support/people.ts";
import { startVersitygw } from "../interop/support/versitygw.ts";
import { megabyte, peakGrowth } from "./support/memory.ts";

const size = 5 * 1024 ** 3;
const growthLimit = 300 * megabyte;
const brokenConnections = 8;
const name = "parallel parts";

/** The content as the SDK asks for it: part by part, made when it is asked for. */
const source: BlobSource = {
  size,
  slice: (start, end) => Promise.resolve(new Blob([...contentPieces(name, end, start)] as BlobPart[])),
};

/** Pulls over connections that break: each time the rest is asked for at the registry, which sends it for at the store. */
async function pullBroken(url: string, authorization: string): Promise<string> {
  const hash = createHash("sha256");
  let received = 0;
  for (let part = 1; received < size; part++) {
    const until = part > brokenConnections ? size : Math.floor((size * part) / (brokenConnections + 1));
    const range = received > 0 ? { Range: `bytes=${received}-` } : {};
    const answer = await fetch(url, { headers: { Authorization: authorization, ...range } });
    expect([answer.status, answer.redirected]).toEqual([received > 0 ? 206 : 200, true]);
    for await (const piece of answer.body as ReadableStream<Uint8Array>) {
      hash.update(piece);
      received += piece.byteLength;
      // Leaving the loop ends the connection in the middle of the body.
      if (received >= until && received < size) break;
    }
  }
  return `sha256:${hash.digest("hex")}`;
}

it("5 GiB pushed in parallel parts straight to an S3 server and pulled from it: the registry's memory stays flat", async () => {
  const folder = await mkdtemp(join(tmpdir(), "gati-load-s3-"));
  const s3 = await startVersitygw(folder);
  const registry = await RestartableRegistry.start({
    GATI_STORE: "s3",
    GATI_S3_ENDPOINT: `http://127.0.0.1:${s3.port}`,
    GATI_S3_REGION: "us-east-1",
    GATI_S3_BUCKET: s3.bucket,
    GATI_S3_ACCESS_KEY_ID: s3.accessKeyId,
    GATI_S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
  });
  try {
    const person = await signUp(new Api(registry.url));
    const { key } = await makeKey(new Api(registry.url), person, ["publish"]);
    const repository = `users/${person.handle}/large` as RepositoryName;
    const digest = digestOfContent(name, size) as Digest;
    const { oci } = createClient({ registry: registry.url, credential: key });
    const started = performance.now();
    const pushing = await peakGrowth(registry, () => oci.uploadBlob(repository, source, { digest }));
    const pushed = performance.now();
    const pulling = await peakGrowth(registry, async () => {
      expect(await pullBroken(`${registry.url}/v2/${repository}/blobs/${digest}`, `Bearer ${key}`)).toBe(digest);
    });
    const seconds = (from: number, to: number) => ((to - from) / 1000).toFixed(1);
    console.log(
      `5 GiB by parallel parts: push ${seconds(started, pushed)} s, memory +${Math.round(pushing / megabyte)} MB; ` +
        `pull ${seconds(pushed, performance.now())} s, memory +${Math.round(pulling / megabyte)} MB`,
    );
    expect(pushing).toBeLessThan(growthLimit);
    expect(pulling).toBeLessThan(growthLimit);
  } finally {
    await registry.remove();
    await s3.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
