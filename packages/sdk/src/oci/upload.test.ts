import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Digest } from "../../../../core/digests.ts";
import type { Repository } from "../../../../core/identifiers.ts";
import { FakeRegistry } from "../../tests/fake-registry/index.ts";
import { sha256 } from "../../tests/fake-registry/oci.ts";
import { createClient, type RegistryClient } from "../client.ts";
import { ApiError } from "../errors.ts";
import { bytesSource } from "../sources.ts";

const repository = "users/krishna/big" as Repository;
const content = randomBytes(1000);
const digest = sha256(content) as Digest;
const chunkSize = 300;

let registry: FakeRegistry;
let client: RegistryClient;
let waits: number[];

beforeEach(async () => {
  registry = await new FakeRegistry().start();
  waits = [];
  client = createClient({ registry: registry.url, retry: { sleep: async (ms) => void waits.push(ms) } });
});
afterEach(() => registry.stop());

function stored(): Buffer | undefined {
  return registry.blobs.get(`${repository}@${digest}`);
}

function upload(
  options: {
    resumeFrom?: string;
    onLocation?: (location: string | undefined) => void;
    onProgress?: (sent: number) => void;
  } = {},
): Promise<void> {
  return client.oci.uploadBlob(repository, bytesSource(content), { digest, chunkSize, ...options });
}

describe("uploading a blob", () => {
  it("sends what fits into a chunk as one PUT", async () => {
    await client.oci.uploadBlob(repository, bytesSource(content), { digest });
    expect(stored()).toEqual(content);
    expect(registry.requests.map((line) => line.split(" ")[0])).toEqual(["POST", "PUT"]);
  });

  it("sends an empty blob", async () => {
    const empty = sha256(new Uint8Array()) as Digest;
    await client.oci.uploadBlob(repository, bytesSource(new Uint8Array()), { digest: empty });
    expect(registry.blobs.get(`${repository}@${empty}`)).toHaveLength(0);
  });

  it("sends larger ones in chunks, in order, and reports progress", async () => {
    const progress: number[] = [];
    await upload({ onProgress: (sent) => progress.push(sent) });
    expect(stored()).toEqual(content);
    expect(registry.count("PATCH", /uploads/)).toBe(4);
    expect(progress).toEqual([0, 300, 600, 900, 1000]);
  });

  it("goes on from the byte that the registry states when a chunk is cut", async () => {
    registry.faults.add("PATCH", /uploads/, { kind: "cut-request", bytes: 123 });
    await upload();
    expect(stored()).toEqual(content);
  });

  it.each([
    ["the connection breaks", { kind: "reset" as const }],
    ["the answer is lost", { kind: "lose-answer" as const }],
    ["the registry is down for a moment", { kind: "answer" as const, status: 503 }],
  ])("recovers when %s during a chunk or at the end", async (_, fault) => {
    registry.faults.add("POST", /uploads/, fault);
    registry.faults.add("PATCH", /uploads/, fault, 2);
    registry.faults.add("PUT", /uploads/, fault);
    await upload();
    expect(stored()).toEqual(content);
    expect(waits.length).toBeGreaterThanOrEqual(3);
  });

  it.each([["reset" as const], ["lose-answer" as const]])("recovers when a single PUT meets %s", async (kind) => {
    registry.faults.add("PUT", /uploads/, { kind });
    await client.oci.uploadBlob(repository, bytesSource(content), { digest });
    expect(stored()).toEqual(content);
  });

  it("begins again when a single PUT was cut in the middle", async () => {
    registry.faults.add("PUT", /uploads/, { kind: "cut-request", bytes: 10 });
    await client.oci.uploadBlob(repository, bytesSource(content), { digest });
    expect(stored()).toEqual(content);
  });

  it("waits as long as the registry asks", async () => {
    registry.faults.add("PATCH", /uploads/, { kind: "answer", status: 429, headers: { "retry-after": "7" } });
    await upload();
    expect(waits).toEqual([7000]);
  });

  it("re-syncs after 416", async () => {
    registry.faults.add("PATCH", /uploads/, { kind: "answer", status: 416, headers: { range: "0-0" } });
    await upload();
    expect(stored()).toEqual(content);
  });

  it("gives up after the allowed tries and says that the registry is away", async () => {
    registry.faults.add("PATCH", /uploads/, { kind: "answer", status: 500 }, 100);
    const failure = await upload().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApiError);
    expect(failure).toMatchObject({ code: "unavailable", status: 500 });
    expect(waits).toHaveLength(5);
  });

  it("resumes in another process from the location that was given", async () => {
    const locations: (string | undefined)[] = [];
    registry.faults.add("PATCH", /uploads/, { kind: "answer", status: 400 }, 1);
    await expect(upload({ onLocation: (location) => void locations.push(location) })).rejects.toMatchObject({
      status: 400,
    });
    const [session] = registry.uploads.values();
    if (session) session.content = content.subarray(0, 450);
    const resumeFrom = locations.at(-1) as string;
    await upload({ resumeFrom, onLocation: (location) => void locations.push(location) });
    expect(stored()).toEqual(content);
    expect(registry.count("POST", /uploads/)).toBe(1);
    expect(registry.count("PATCH", /uploads/)).toBe(3);
    expect(locations.at(-1)).toBeUndefined();
  });

  it("begins again when the registry has forgotten the session", async () => {
    await upload({ resumeFrom: `${registry.url}/v2/${repository}/blobs/uploads/gone` });
    expect(stored()).toEqual(content);
  });

  it("begins again when the resumed session holds other bytes", async () => {
    registry.uploads.set("stale", { repository, content: Buffer.alloc(400) });
    await upload({ resumeFrom: `${registry.url}/v2/${repository}/blobs/uploads/stale` });
    expect(stored()).toEqual(content);
  });

  it("reports a source that does not have the stated digest", async () => {
    const wrong = `sha256:${"0".repeat(64)}` as Digest;
    await expect(client.oci.uploadBlob(repository, bytesSource(content), { digest: wrong })).rejects.toMatchObject({
      code: "digest_invalid",
      requestId: "req-1",
      suggestions: ["Do it right."],
    });
  });

  it("stops when it is aborted", async () => {
    const controller = new AbortController();
    const uploading = client.oci.uploadBlob(repository, bytesSource(content), {
      digest,
      chunkSize,
      signal: controller.signal,
      onProgress: (sent) => (sent >= 600 ? controller.abort(new Error("enough")) : undefined),
    });
    await expect(uploading).rejects.toThrow("enough");
  });
});
