import { beforeAll, describe, expect, it } from "vitest";
import { shared } from "../support/api.ts";
import { expectOciError } from "../support/errors.ts";
import { type Person, setVisibility, signUp } from "../support/people.ts";
import {
  type Descriptor,
  digestOf,
  indexType,
  type Json,
  manifestType,
  type PushedManifest,
  Repository,
} from "../support/repository.ts";

let owner: Person;
let repository: Repository;
let subject: PushedManifest;
let image: Json;
beforeAll(async () => {
  owner = await signUp(shared);
  repository = Repository.fresh(shared, owner);
  subject = await repository.pushImage("1.0.0");
  image = await repository.imageManifest();
});

const typed = (artifactType: string | undefined, more: Json = {}): Json => ({
  ...image,
  artifactType,
  subject: subject.descriptor,
  ...more,
});

async function referrers(digest: string, query = "", target = repository) {
  const response = await target.send("GET", `referrers/${digest}${query}`);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe(indexType);
  const body = (await response.json()) as { manifests: Descriptor[] };
  expect(body).toMatchObject({ schemaVersion: 2, mediaType: indexType });
  return { manifests: body.manifests, headers: response.headers };
}

describe("referrers", () => {
  it("of a digest that nobody refers to is an empty index", async () => {
    expect((await referrers(digestOf("nothing"))).manifests).toEqual([]);
    expect((await referrers(digestOf("nothing", "sha512"))).manifests).toEqual([]);
  });

  it("of a digest that is none is 400 DIGEST_INVALID", async () => {
    await expectOciError(await repository.send("GET", "referrers/sha256:bad"), 400, "DIGEST_INVALID");
  });

  it("carry digest, media type, size, artifact type and annotations", async () => {
    const annotations = { "org.opencontainers.image.created": "1970-01-01T00:00:00Z", é: "ü" };
    const sbom = await repository.pushManifest(typed("application/spdx+json", { annotations }));
    const found = (await referrers(subject.digest)).manifests.find((one) => one.digest === sbom.digest);
    expect(found).toEqual({ ...sbom.descriptor, artifactType: "application/spdx+json", annotations });
  });

  it("of an image without artifactType have its config's media type; of an index without one, none", async () => {
    const config = { ...(image["config"] as Json), mediaType: "application/vnd.example.config+json" };
    const plain = await repository.pushManifest(typed(undefined, { config }));
    const index = { schemaVersion: 2, mediaType: indexType, manifests: [], subject: subject.descriptor };
    const bare = await repository.pushManifest(index, undefined, indexType);
    const typedIndex = await repository.pushManifest(
      { ...index, artifactType: "application/vnd.example.set" },
      undefined,
      indexType,
    );
    const { manifests } = await referrers(subject.digest);
    const of = (digest: string) => manifests.find((one) => one.digest === digest);
    expect(of(plain.digest)).toEqual({ ...plain.descriptor, artifactType: "application/vnd.example.config+json" });
    expect(of(bare.digest)).toEqual(bare.descriptor);
    expect(of(typedIndex.digest)).toEqual({ ...typedIndex.descriptor, artifactType: "application/vnd.example.set" });
  });

  it("can be filtered by artifactType, and the answer says so", async () => {
    const wanted = await repository.pushManifest(typed("application/vnd.example.wanted"));
    await repository.pushManifest(typed("application/vnd.example.other"));
    const filtered = await referrers(subject.digest, "?artifactType=application/vnd.example.wanted");
    expect(filtered.headers.get("oci-filters-applied")).toBe("artifactType");
    expect(filtered.manifests.map((one) => one.digest)).toEqual([wanted.digest]);
    expect((await referrers(subject.digest)).headers.get("oci-filters-applied")).toBeNull();
    expect((await referrers(subject.digest, "?artifactType=application/none")).manifests).toEqual([]);
  });

  it("of a subject that is not here are listed all the same, and stay when it comes and goes", async () => {
    const target = Repository.fresh(shared, owner);
    const later = await target.imageManifest();
    const bytes = JSON.stringify(later);
    const descriptor = { mediaType: manifestType, digest: digestOf(bytes), size: bytes.length };
    const referrer = await target.pushManifest({ ...(await target.imageManifest()), subject: descriptor });
    const digests = async () => (await referrers(descriptor.digest, "", target)).manifests.map((one) => one.digest);
    expect(await digests()).toEqual([referrer.digest]);
    await target.pushManifest(later);
    expect(await digests()).toEqual([referrer.digest]);
    await target.send("DELETE", `manifests/${descriptor.digest}`);
    expect(await digests()).toEqual([referrer.digest]);
    await target.send("DELETE", `manifests/${referrer.digest}`);
    expect(await digests()).toEqual([]);
  });

  it("of another repository are not shown", async () => {
    const other = Repository.fresh(shared, owner);
    await other.pushImage();
    expect((await referrers(subject.digest, "", other)).manifests).toEqual([]);
  });

  it("of what the caller may not see are an empty index, never 404; a stranger is asked to sign in", async () => {
    const hidden = Repository.fresh(shared, owner);
    const image1 = await hidden.pushImage("1.0.0");
    await hidden.pushManifest({ ...(await hidden.imageManifest()), subject: image1.descriptor });
    await setVisibility(shared, owner.session, `/api/v1/artifacts/${hidden.name}`, "private");
    const outsider = await signUp(shared);
    expect((await referrers(image1.digest, "", hidden.seenBy(outsider.session))).manifests).toEqual([]);
    await expectOciError(await hidden.seenBy(undefined).send("GET", `referrers/${image1.digest}`), 401, "UNAUTHORIZED");
    expect((await referrers(image1.digest, "", hidden)).manifests).toHaveLength(1);
  });
});
