import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ExitedEarly, spawnRegistry } from "../harness/registry-process.ts";
import { type S3Endpoint, startS3Endpoint } from "../harness/s3-endpoint.ts";
import { newDataFolder, startForTest } from "./data-folder.ts";

let s3: S3Endpoint;
beforeAll(async () => {
  s3 = await startS3Endpoint();
});
afterAll(() => s3.stop());

function settings(more: Record<string, string> = {}): Record<string, string> {
  return {
    GATI_STORE: "s3",
    GATI_S3_ENDPOINT: s3.endpoint,
    GATI_S3_BUCKET: s3.bucket,
    GATI_S3_ACCESS_KEY_ID: s3.accessKeyId,
    GATI_S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
    ...more,
  };
}

/** The only line that a start with these settings says before it ends. */
async function refusal(data: string, env: Record<string, string>): Promise<string> {
  const error: unknown = await spawnRegistry({ data, env }).catch((thrown: unknown) => thrown);
  if (!(error instanceof ExitedEarly)) throw new Error("the server started", { cause: error });
  expect(error.exitCode).toBe(1);
  expect(error.stderr.trim().split("\n")).toHaveLength(1);
  return error.stderr.trim();
}

const nowhere = "http://127.0.0.1:9";

describe("a first start whose S3 store does not let it in says why in one sentence", () => {
  it.each([
    [
      { GATI_S3_BUCKET: "not-there" },
      /answered 404 NoSuchBucket: make the bucket not-there or correct GATI_S3_BUCKET\.$/,
    ],
    [
      { GATI_S3_SECRET_ACCESS_KEY: "wrong-secret" },
      /answered 403 \w+: correct GATI_S3_ACCESS_KEY_ID and GATI_S3_SECRET/,
    ],
    [{ GATI_S3_ENDPOINT: nowhere }, /at http:\/\/127\.0\.0\.1:9 cannot be reached \(\w+\): start it or correct/],
  ])("%j", async (wrong, sentence) => {
    const data = await newDataFolder();
    const said = await refusal(data, settings(wrong));
    expect(said).toMatch(sentence);
    expect(said).not.toContain("wrong-secret");
    // Nothing of the wrong settings stays behind.
    await (await startForTest({ data, env: settings() })).stop();
  });
});

describe("a data folder", () => {
  it("is not started with another store than the one it was filled with", async () => {
    const data = await newDataFolder();
    await (await startForTest({ data })).stop();
    const said = await refusal(data, settings());
    expect(said).toContain(`${data} was filled with GATI_STORE=disk, and now GATI_STORE=s3, the bucket ${s3.bucket}`);
    expect(said).toContain("gati admin export");
    expect(await refusal(data, { GATI_STORE: "r2" })).toContain("and now GATI_STORE=r2 is set");
    await (await startForTest({ data, env: { GATI_STORE: "disk" } })).stop();
  });

  it("that says nothing about its store is taken as it is, and says it from then on", async () => {
    const data = await newDataFolder();
    await (await startForTest({ data })).stop();
    await rm(join(data, "store.json"));
    await (await startForTest({ data })).stop();
    expect(JSON.parse(await readFile(join(data, "store.json"), "utf8"))).toEqual({ kind: "disk" });
  });

  it("starts again while its store is away, and /ready tells", async () => {
    const data = await newDataFolder();
    const own = await startS3Endpoint();
    const env = settings({ GATI_S3_ENDPOINT: own.endpoint });
    const first = await startForTest({ data, env });
    expect((await fetch(`${first.url}/ready`)).status).toBe(200);
    await first.stop();
    await own.stop();
    const second = await startForTest({ data, env });
    expect((await fetch(`${second.url}/api/v1/artifacts`)).status).toBe(200);
    expect((await fetch(`${second.url}/ready`)).status).toBe(503);
    expect(second.errors().trim()).toMatch(/^Warning: The S3 store at \S+ cannot be reached \(ECONNREFUSED\)/);
    expect(second.errors().trim().split("\n")).toHaveLength(1);
  });
});

it("a bucket that is not there any more is not ready", async () => {
  const data = await newDataFolder();
  await (await startForTest({ data, env: settings() })).stop();
  await rm(join(data, "store.json"));
  const server = await startForTest({ data, env: settings({ GATI_S3_BUCKET: "not-there" }) });
  const ready = await fetch(`${server.url}/ready`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ checks: { blobs: { ok: false }, d1: { ok: true } } });
});
