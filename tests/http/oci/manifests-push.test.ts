import { beforeAll, describe, expect, it } from "vitest";
import { shared } from "../support/api.ts";
import { expectOciError } from "../support/errors.ts";
import { type Person, signUp } from "../support/people.ts";
import {
  digestOf,
  emptyType,
  indexType,
  type Json,
  manifestType,
  randomContent,
  Repository,
  utf8,
} from "../support/repository.ts";

let owner: Person;
let repository: Repository;
let image: Json;
beforeAll(async () => {
  owner = await signUp(shared);
  repository = Repository.fresh(shared, owner);
  image = await repository.imageManifest();
});

const missing = { mediaType: "application/octet-stream", digest: digestOf("never uploaded"), size: 14 };

async function expectTaken(bytes: Uint8Array, mediaType = manifestType, target = repository): Promise<Response> {
  const response = await target.putManifest(digestOf(bytes), bytes, mediaType);
  expect([response.status, response.status === 201 ? "" : await response.text()]).toEqual([201, ""]);
  const location = response.headers.get("location") ?? "";
  const pulled = await target.send("GET", location);
  expect([pulled.status, pulled.headers.get("content-type")]).toEqual([200, mediaType]);
  expect(pulled.headers.get("content-length")).toBe(String(bytes.length));
  expect(Buffer.from(await pulled.arrayBuffer()).equals(bytes)).toBe(true);
  return response;
}

describe("a manifest that is taken", () => {
  it("by tag answers 201 with its Location by digest", async () => {
    const bytes = utf8(JSON.stringify(image));
    const response = await repository.putManifest("edge", bytes);
    expect(response.status).toBe(201);
    expect(response.headers.get("docker-content-digest")).toBe(digestOf(bytes));
    expect(response.headers.get("location")).toBe(`/v2/${repository.name}/manifests/${digestOf(bytes)}`);
    expect(response.headers.get("oci-subject")).toBeNull();
  });

  it("by sha512 digest is there under it", async () => {
    const bytes = utf8(JSON.stringify({ ...image, annotations: { algorithm: "sha512" } }));
    const digest = digestOf(bytes, "sha512");
    expect((await repository.putManifest(digest, bytes)).status).toBe(201);
    expect((await repository.send("GET", `manifests/${digest}`)).headers.get("docker-content-digest")).toBe(digest);
  });

  it.each([
    [
      "unknown fields and odd spacing",
      () => `{\n\t"org.example.unknown" : {"a":[1, 2.50, 1e3]},  ${JSON.stringify(image).slice(1)} \n\n`,
    ],
    ["keys twice", () => `{"schemaVersion":2,${JSON.stringify(image).slice(1)}`],
    [
      "text beyond ASCII, escaped and not",
      () => JSON.stringify({ ...image, annotations: { é: "\u{1F980} \u2028" } }).replace("é", "\\u00e9"),
    ],
  ])("is kept byte for byte: %s", async (_, text) => {
    await expectTaken(utf8(text()));
  });

  it.each([
    ["without layers", () => ({ ...image, layers: [] }), manifestType],
    ["without mediaType of its own", () => ({ ...image, mediaType: undefined }), manifestType],
    ["an empty index", () => ({ schemaVersion: 2, mediaType: indexType, manifests: [] }), indexType],
    [
      "a Docker schema 2 manifest",
      () => ({ ...image, mediaType: "application/vnd.docker.distribution.manifest.v2+json" }),
      "application/vnd.docker.distribution.manifest.v2+json",
    ],
    [
      "a Docker manifest list",
      () => ({ schemaVersion: 2, manifests: [] }),
      "application/vnd.docker.distribution.manifest.list.v2+json",
    ],
    [
      "with a layer that may not be distributed and is not here",
      () => ({
        ...image,
        layers: [{ ...missing, mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip" }],
      }),
      manifestType,
    ],
    [
      "with a foreign Docker layer that is not here",
      () => ({
        ...image,
        layers: [{ ...missing, mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" }],
      }),
      manifestType,
    ],
  ])("%s", async (_, build, mediaType) => {
    await expectTaken(utf8(JSON.stringify(build())), mediaType);
  });

  it("Content-Type may carry parameters", async () => {
    const response = await repository.putManifest(
      "parameters",
      utf8(JSON.stringify(image)),
      `${manifestType}; charset=utf-8`,
    );
    expect(response.status).toBe(201);
    expect((await repository.send("GET", "manifests/parameters")).headers.get("content-type")).toBe(manifestType);
  });

  it("an index of an index of an image", async () => {
    const child = await repository.pushManifest(image);
    const inner = await repository.pushManifest(
      { schemaVersion: 2, mediaType: indexType, manifests: [child.descriptor] },
      undefined,
      indexType,
    );
    const outer = { schemaVersion: 2, mediaType: indexType, manifests: [inner.descriptor, child.descriptor] };
    await expectTaken(utf8(JSON.stringify(outer)), indexType);
  });

  it.each([1, 3.9, 9])("%s MB large, and a referrer as large", async (megabytes) => {
    const padding = "x".repeat(megabytes * 1_000_000);
    await expectTaken(utf8(JSON.stringify({ ...image, annotations: { padding } })));
    const subject = { ...missing, mediaType: manifestType };
    await expectTaken(utf8(JSON.stringify({ ...image, subject, "org.example.padding": padding })));
  });

  it("with 5,000 layers", async () => {
    const [layer] = image["layers"] as Json[];
    const layers = Array.from({ length: 5000 }, (_, i) => ({
      ...layer,
      annotations: { "org.opencontainers.image.title": `${i}` },
    }));
    await expectTaken(utf8(JSON.stringify({ ...image, layers })));
  });

  it.each([
    ["image", manifestType],
    ["index", indexType],
  ])("an %s with a subject that is not here says so in OCI-Subject", async (kind, mediaType) => {
    const subject = { ...missing, mediaType: manifestType };
    const manifest =
      kind === "image" ? { ...image, subject } : { schemaVersion: 2, mediaType: indexType, manifests: [], subject };
    const response = await expectTaken(utf8(JSON.stringify(manifest)), mediaType);
    expect(response.headers.get("oci-subject")).toBe(missing.digest);
  });
});

describe("?tag= on a push by digest", () => {
  it("sets each tag and names it in OCI-Tag", async () => {
    const target = Repository.fresh(shared, owner);
    const bytes = utf8(JSON.stringify(await target.imageManifest()));
    const response = await target.putManifest(digestOf(bytes), bytes, manifestType, "?tag=blue&tag=green&tag=1.2.3");
    expect(response.status).toBe(201);
    expect(response.headers.get("oci-tag")?.split(", ")).toEqual(["blue", "green", "1.2.3"]);
    expect(await target.tags()).toEqual(["1.2.3", "blue", "green", "latest"]);
  });

  it("refuses the whole push for one bad tag", async () => {
    const target = Repository.fresh(shared, owner);
    const bytes = utf8(JSON.stringify(await target.imageManifest()));
    const response = await target.putManifest(digestOf(bytes), bytes, manifestType, "?tag=good&tag=-bad");
    await expectOciError(response, 400, "MANIFEST_INVALID");
    expect(await target.head(`manifests/${digestOf(bytes)}`)).toBe(404);
  });

  it("refuses two versions at once", async () => {
    const target = Repository.fresh(shared, owner);
    const bytes = utf8(JSON.stringify(await target.imageManifest()));
    await expectOciError(
      await target.putManifest(digestOf(bytes), bytes, manifestType, "?tag=1.0.0&tag=2.0.0"),
      400,
      "MANIFEST_INVALID",
    );
  });
});

describe("the empty descriptor of the image-spec", () => {
  it("serves as config and layer of an artifact without content", async () => {
    const empty = await repository.pushBlob(utf8("{}"), emptyType);
    const content = randomContent(8);
    await repository.pushBlob(content);
    const manifest = {
      schemaVersion: 2,
      mediaType: manifestType,
      artifactType: "application/vnd.example.note",
      config: empty,
      layers: [empty],
    };
    await expectTaken(utf8(JSON.stringify(manifest)));
  });
});
