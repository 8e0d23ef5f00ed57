import { beforeAll, describe, expect, it } from "vitest";
import { shared } from "../support/api.ts";
import { expectOciError } from "../support/errors.ts";
import { type Person, signUp } from "../support/people.ts";
import { digestOf, indexType, type Json, manifestType, Repository, streamed, utf8 } from "../support/repository.ts";

let owner: Person;
let repository: Repository;
let image: Json;
beforeAll(async () => {
  owner = await signUp(shared);
  repository = Repository.fresh(shared, owner);
  image = await repository.imageManifest();
});

const missing = { mediaType: "application/octet-stream", digest: digestOf("never uploaded"), size: 14 };

describe("a manifest that is refused", () => {
  it("when the bytes do not have the digest they are sent to: 400 DIGEST_INVALID", async () => {
    const wrong = digestOf("something else");
    const fault = await expectOciError(await repository.putManifest(wrong, image), 400, "DIGEST_INVALID");
    expect(fault.detail).toMatchObject({ expected: wrong, actual: digestOf(JSON.stringify(image)) });
    expect(await repository.head(`manifests/${wrong}`)).toBe(404);
    expect(await repository.head(`manifests/${digestOf(JSON.stringify(image))}`)).toBe(404);
  });

  it("when sent to a digest that is none: 400 DIGEST_INVALID", async () => {
    await expectOciError(await repository.putManifest("sha256:baddigeststring", image), 400, "DIGEST_INVALID");
    await expectOciError(await repository.send("GET", "manifests/sha256:baddigeststring"), 400, "DIGEST_INVALID");
  });

  it.each([
    ["an unknown media type", manifestType.replace("v1", "v9")],
    ["plain JSON", "application/json"],
    ["Docker schema 1", "application/vnd.docker.distribution.manifest.v1+prettyjws"],
    ["the type of an index for an image", indexType],
  ])("with %s: 400 MANIFEST_INVALID", async (_, mediaType) => {
    await expectOciError(
      await repository.putManifest("edge", { ...image, mediaType: undefined }, mediaType),
      400,
      "MANIFEST_INVALID",
    );
  });

  it("when Content-Type and mediaType disagree: 400 MANIFEST_INVALID", async () => {
    await expectOciError(
      await repository.putManifest("edge", { ...image, mediaType: indexType }),
      400,
      "MANIFEST_INVALID",
    );
  });

  it.each([
    ["no JSON", "{"],
    ["nothing", ""],
    ["null", "null"],
    ["a list", "[]"],
    ["no UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])],
  ])("that is %s: 400 MANIFEST_INVALID", async (_, body) => {
    const bytes = typeof body === "string" ? utf8(body) : body;
    await expectOciError(await repository.putManifest("edge", bytes), 400, "MANIFEST_INVALID");
  });

  it.each([
    ["schemaVersion 1", { schemaVersion: 1 }],
    ["no config", { config: undefined }],
    ["a config without digest", { config: { mediaType: "a/b", size: 1 } }],
    ["layers that are no list", { layers: {} }],
    ["a layer with a faulty digest", { layers: [{ ...missing, digest: "sha256:zz" }] }],
    ["a layer of negative size", { layers: [{ ...missing, size: -1 }] }],
    ["a layer whose size is text", { layers: [{ ...missing, size: "14" }] }],
    ["a subject that is text", { subject: "sha256:zz" }],
    ["annotations that are not text", { annotations: { count: 1 } }],
  ])("with %s: 400 MANIFEST_INVALID", async (_, fault) => {
    await expectOciError(await repository.putManifest("edge", { ...image, ...fault }), 400, "MANIFEST_INVALID");
  });

  it("with more than 10,000 different blobs: 400 MANIFEST_INVALID", async () => {
    const layers = Array.from({ length: 10_001 }, (_, i) => ({ ...missing, digest: digestOf(String(i)) }));
    await expectOciError(await repository.putManifest("edge", { ...image, layers }), 400, "MANIFEST_INVALID");
  });

  it.each(["config", "layers"])(
    "whose %s was not uploaded: 404 MANIFEST_BLOB_UNKNOWN, naming the digest",
    async (field) => {
      const fault = { ...image, [field]: field === "layers" ? [missing] : missing };
      const error = await expectOciError(await repository.putManifest("edge", fault), 404, "MANIFEST_BLOB_UNKNOWN");
      expect(error.detail["missing"]).toEqual([missing.digest]);
      expect(await repository.head("manifests/edge")).toBe(404);
    },
  );

  it("whose blobs are only in another repository of the same user: 404 MANIFEST_BLOB_UNKNOWN", async () => {
    const other = Repository.fresh(shared, owner);
    await expectOciError(await other.putManifest("edge", image), 404, "MANIFEST_BLOB_UNKNOWN");
  });

  it("an index whose manifest is not here: 404 MANIFEST_BLOB_UNKNOWN", async () => {
    const child = { ...missing, mediaType: manifestType };
    const index = { schemaVersion: 2, mediaType: indexType, manifests: [child] };
    const error = await expectOciError(
      await repository.putManifest("edge", index, indexType),
      404,
      "MANIFEST_BLOB_UNKNOWN",
    );
    expect(error.detail["missing"]).toEqual([missing.digest]);
  });

  it("larger than 10 MiB: 413 MANIFEST_INVALID, with and without a length", async () => {
    const bytes = utf8(JSON.stringify({ ...image, annotations: { padding: "x".repeat(11 * 1024 * 1024) } }));
    await expectOciError(await repository.putManifest("huge", bytes), 413, "MANIFEST_INVALID");
    const headers = { "Content-Type": manifestType };
    await expectOciError(
      await repository.send("PUT", "manifests/huge", { body: streamed(bytes), headers }),
      413,
      "MANIFEST_INVALID",
    );
  });

  it("a referrer whose annotations could not be listed: 413 MANIFEST_INVALID", async () => {
    const subject = { ...missing, mediaType: manifestType };
    const annotations = { padding: "x".repeat(1_000_000) };
    await expectOciError(
      await repository.putManifest("huge", { ...image, subject, annotations }),
      413,
      "MANIFEST_INVALID",
    );
  });

  it.each([".hidden", "-dash", "a".repeat(129), "spa ce", "ümlaut"])(
    "under the tag %s: 400 MANIFEST_INVALID",
    async (tag) => {
      await expectOciError(await repository.putManifest(encodeURIComponent(tag), image), 400, "MANIFEST_INVALID");
    },
  );
});

describe("a version tag never changes", () => {
  it("the same digest again is 201; other content is 409 DENIED, and the first content stays", async () => {
    const target = Repository.fresh(shared, owner);
    const first = await target.imageManifest();
    const pushed = await target.pushManifest(first, "1.0.0");
    expect((await target.putManifest("1.0.0", first)).status).toBe(201);
    const second = await target.imageManifest();
    const error = await expectOciError(await target.putManifest("1.0.0", second), 409, "DENIED");
    expect(error.detail).toMatchObject({ reason: "version_exists", version: "1.0.0", published: pushed.digest });
    expect((await target.send("HEAD", "manifests/1.0.0")).headers.get("docker-content-digest")).toBe(pushed.digest);
  });

  it("other tags move", async () => {
    const target = Repository.fresh(shared, owner);
    await target.pushImage("edge");
    const second = await target.pushImage("edge");
    expect((await target.send("HEAD", "manifests/edge")).headers.get("docker-content-digest")).toBe(second.digest);
  });

  it("after it was deleted its number stays taken, even for the same content", async () => {
    const target = Repository.fresh(shared, owner);
    const manifest = await target.imageManifest();
    await target.pushManifest(manifest, "1.0.0");
    expect((await target.send("DELETE", "manifests/1.0.0")).status).toBe(202);
    const error = await expectOciError(await target.putManifest("1.0.0", manifest), 409, "DENIED");
    expect(error.detail.reason).toBe("version_gone");
  });
});
