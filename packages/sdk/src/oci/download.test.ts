import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Digest } from "../../../../core/digests.ts";
import type { Repository } from "../../../../core/identifiers.ts";
import { FakeRegistry } from "../../tests/fake-registry/index.ts";
import { sha256 } from "../../tests/fake-registry/oci.ts";
import { createClient, type RegistryClient } from "../client.ts";
import { fileSink } from "../node/files.ts";
import { nodeHash } from "../node/hashing.ts";

const repository = "users/krishna/big" as Repository;
const content = randomBytes(200_000);
const digest = sha256(content) as Digest;

let registry: FakeRegistry;
let client: RegistryClient;
let directory: string;

beforeEach(async () => {
  registry = await new FakeRegistry().start();
  registry.blobs.set(`${repository}@${digest}`, content);
  client = createClient({ registry: registry.url, retry: { sleep: () => Promise.resolve() } });
  directory = await mkdtemp(join(tmpdir(), "gati-download-"));
});
afterEach(async () => {
  await registry.stop();
  await rm(directory, { recursive: true });
});

const path = (): string => join(directory, "blob");

describe("downloading a blob", () => {
  it("hands over the verified content", async () => {
    const received = await client.oci.downloadBlob(repository, digest, fileSink(path()), { size: content.length });
    expect(received).toBe(content.length);
    expect(await readFile(path())).toEqual(content);
    expect(await readdir(directory)).toEqual(["blob"]);
  });

  it("goes on where the connection broke, more than once", async () => {
    registry.faults.add("GET", /blobs/, { kind: "cut-answer", bytes: 70_000 }, 2);
    await client.oci.downloadBlob(repository, digest, fileSink(path()));
    expect(await readFile(path())).toEqual(content);
    expect(registry.count("GET", /blobs/)).toBe(3);
  });

  it("starts over when a proxy ignores the range", async () => {
    registry.faults.add("GET", /blobs/, { kind: "cut-answer", bytes: 70_000 });
    registry.faults.add("GET", /blobs/, { kind: "ignore-range" });
    await client.oci.downloadBlob(repository, digest, fileSink(path()));
    expect(await readFile(path())).toEqual(content);
  });

  it("hands over nothing when the content differs", async () => {
    registry.faults.add("GET", /blobs/, { kind: "corrupt" });
    const downloading = client.oci.downloadBlob(repository, digest, fileSink(path()));
    await expect(downloading).rejects.toMatchObject({ code: "digest_invalid", details: { expected: digest } });
    expect(await readdir(directory)).toEqual([]);
  });

  it("refuses more bytes than the manifest states", async () => {
    const downloading = client.oci.downloadBlob(repository, digest, fileSink(path()), { size: 1000 });
    await expect(downloading).rejects.toMatchObject({ code: "digest_invalid" });
    expect(await readdir(directory)).toEqual([]);
  });

  it("refuses to read a large blob into memory", async () => {
    await expect(client.oci.readBlob(repository, digest, { limit: 1000 })).rejects.toMatchObject({
      code: "payload_too_large",
    });
  });

  it("gives the same with portable and native hashing", async () => {
    const native = createClient({ registry: registry.url, createHash: nodeHash });
    expect(await native.oci.readBlob(repository, digest)).toEqual(await client.oci.readBlob(repository, digest));
  });

  it("reports what the registry says about a blob that it does not have", async () => {
    const missing = `sha256:${"1".repeat(64)}` as Digest;
    await expect(client.oci.readBlob(repository, missing)).rejects.toMatchObject({
      code: "blob_unknown",
      status: 404,
      requestId: "req-1",
    });
  });

  it("verifies manifests by digest", async () => {
    const pushed = await client.oci.putManifest(repository, "one", new TextEncoder().encode("{}"));
    expect((await client.oci.getManifest(repository, "one")).digest).toBe(pushed);
    registry.faults.add("GET", /manifests/, { kind: "corrupt" });
    await expect(client.oci.getManifest(repository, pushed)).rejects.toMatchObject({ code: "digest_invalid" });
  });
});
