import { beforeAll, describe, expect, it } from "vitest";
import { shared } from "../support/api.ts";
import { expectProblem } from "../support/errors.ts";
import { artifactPath, gatiModule, publishModule, putVersion, versionPath } from "../support/modules.ts";
import { type Person, setVisibility, signUp } from "../support/people.ts";
import { digestOf, gatiManifestType, indexType, manifestType, Repository, utf8 } from "../support/repository.ts";

let owner: Person;
beforeAll(async () => {
  owner = await signUp(shared);
});

describe("publishing a version", () => {
  it("answers the version, and GET answers the same", async () => {
    const repository = Repository.fresh(shared, owner);
    const [, handle, name] = repository.name.split("/");
    const gati = { description: "Greets people.", license: "MIT", keywords: ["greeting"] };
    const manifest = await gatiModule(repository, "1.2.3", { gati });
    const bytes = utf8(JSON.stringify(manifest));
    const response = await putVersion(repository, "1.2.3", bytes);
    expect(response.status).toBe(201);
    const body = await response.json();
    const blob = (digest: string) => `${shared.url}/v2/${repository.name}/blobs/${digest}`;
    const config = manifest["config"] as { digest: string; size: number };
    const [layer] = manifest["layers"] as [{ digest: string; size: number; mediaType: string }];
    expect(body).toEqual({
      namespace: `users/${handle}`,
      name,
      repository: repository.name,
      type: "module-node",
      version: "1.2.3",
      digest: digestOf(bytes),
      size: config.size + layer.size,
      state: "published",
      deprecation: null,
      publishedAt: expect.any(String),
      publishedBy: handle,
      publisher: { verified: [] },
      downloads: 0,
      mediaType: manifestType,
      manifest: { schemaVersion: 1, name, version: "1.2.3", type: "module-node", dependencies: {}, ...gati },
      config: { digest: config.digest, size: config.size, mediaType: gatiManifestType, url: blob(config.digest) },
      layers: [
        {
          digest: layer.digest,
          size: layer.size,
          mediaType: layer.mediaType,
          title: `${name}-1.2.3.tgz`,
          url: blob(layer.digest),
        },
      ],
      reference: `${new URL(shared.url).host}/${repository.name}:1.2.3`,
    });
    expect(await shared.read("GET", versionPath(repository, "1.2.3"))).toEqual(body);
    expect(await shared.read("GET", artifactPath(repository))).toMatchObject({
      type: "module-node",
      description: "Greets people.",
      latest: "1.2.3",
      versionCount: 1,
      visibility: "public",
      labels: { latest: { digest: digestOf(bytes), version: "1.2.3" } },
    });
  });

  it("again with the same bytes is 200 and changes nothing; over /v2 it is the same verb", async () => {
    const repository = Repository.fresh(shared, owner);
    const manifest = await gatiModule(repository, "1.0.0");
    const first = (await (await putVersion(repository, "1.0.0", manifest)).json()) as { publishedAt: string };
    const again = await putVersion(repository, "1.0.0", manifest);
    expect([again.status, await again.json()]).toEqual([200, first]);
    expect((await repository.putManifest("1.0.0", manifest)).status).toBe(201);
    expect(await shared.read("GET", versionPath(repository, "1.0.0"))).toEqual(first);
  });

  it("that is taken by other content is 409 version_exists and names both digests", async () => {
    const repository = Repository.fresh(shared, owner);
    const { digest } = await publishModule(repository, "1.0.0");
    const other = await gatiModule(repository, "1.0.0");
    const problem = await expectProblem(await putVersion(repository, "1.0.0", other), 409, "version_exists");
    expect(problem.details).toEqual({ version: "1.0.0", published: digest, offered: digestOf(JSON.stringify(other)) });
  });

  it("of another type is 409 type_mismatch, also when the first version is unpublished by then", async () => {
    const repository = Repository.fresh(shared, owner);
    await publishModule(repository, "1.0.0");
    const plugin = () => gatiModule(repository, "2.0.0", { type: "plugin" });
    await expectProblem(await putVersion(repository, "2.0.0", await plugin()), 409, "type_mismatch");
    await shared.send("DELETE", versionPath(repository, "1.0.0"), { as: owner.session });
    await expectProblem(await putVersion(repository, "2.0.0", await plugin()), 409, "type_mismatch");
  });

  it.each([
    "module-node",
    "module-oci",
    "module-wasm",
    "module-binary",
    "module-external",
    "plugin",
    "model",
    "agent",
    "template",
    "snapshot",
    "transformer",
  ])("of the type %s is kept as one", async (type) => {
    const repository = Repository.fresh(shared, owner);
    await publishModule(repository, "1.0.0", { type });
    expect(await shared.read("GET", artifactPath(repository))).toMatchObject({ type });
  });

  it("of an image without a Gati manifest makes a module-oci from its annotations", async () => {
    const repository = Repository.fresh(shared, owner);
    const annotations = {
      "org.opencontainers.image.description": "A box.",
      "org.opencontainers.image.licenses": "MIT",
    };
    await repository.pushManifest(
      await repository.imageManifest(undefined, { annotations, artifactType: undefined }),
      "1.0.0",
    );
    expect(await shared.read("GET", versionPath(repository, "1.0.0"))).toMatchObject({
      type: "module-oci",
      manifest: { type: "module-oci", description: "A box.", license: "MIT", version: "1.0.0" },
    });
  });

  it("of an index works as of an image", async () => {
    const repository = Repository.fresh(shared, owner);
    const { descriptor } = await repository.pushImage();
    const response = await putVersion(
      repository,
      "1.0.0",
      { schemaVersion: 2, mediaType: indexType, manifests: [descriptor] },
      indexType,
    );
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({
      mediaType: indexType,
      config: null,
      layers: [{ digest: descriptor.digest }],
      size: descriptor.size,
    });
  });
});

describe("a version that cannot be published", () => {
  it.each(["v1.0.0", "1.0", "1", "latest", "01.0.0", "1.0.0+build", "1.0.0-", "=1.0.0", "a".repeat(200)])(
    "%s is 400 version_invalid",
    async (version) => {
      const repository = Repository.fresh(shared, owner);
      const manifest = await gatiModule(repository, "1.0.0");
      await expectProblem(await putVersion(repository, encodeURIComponent(version), manifest), 400, "version_invalid");
    },
  );

  it.each([
    ["another name", { name: "somebody-else" }],
    ["another version", { version: "9.9.9" }],
    ["another type than artifactType says", { type: "plugin" }],
    ["a dependency that is no range", { dependencies: { "@a/b": "not a range!!" } }],
  ])("whose Gati manifest states %s is 400 manifest_invalid, and nothing is left of it", async (_, gati) => {
    const repository = Repository.fresh(shared, owner);
    await expectProblem(
      await putVersion(repository, "1.0.0", await gatiModule(repository, "1.0.0", { gati })),
      400,
      "manifest_invalid",
    );
    await expectProblem(await shared.send("GET", artifactPath(repository), { as: owner.session }), 404, "name_unknown");
  });

  it("whose Gati manifest is not JSON is 400 manifest_invalid", async () => {
    const repository = Repository.fresh(shared, owner);
    const config = await repository.pushBlob(utf8("not json"), gatiManifestType);
    const manifest = { ...(await gatiModule(repository, "1.0.0")), config };
    await expectProblem(await putVersion(repository, "1.0.0", manifest), 400, "manifest_invalid");
  });

  it("whose blobs are missing is 400 manifest_blob_unknown", async () => {
    const repository = Repository.fresh(shared, owner);
    const manifest = await gatiModule(Repository.fresh(shared, owner), "1.0.0");
    const problem = await expectProblem(await putVersion(repository, "1.0.0", manifest), 400, "manifest_blob_unknown");
    expect(problem.details["missing"]).toHaveLength(2);
  });

  it.each([
    ["no JSON", "{"],
    ["nothing", ""],
  ])("whose manifest is %s is 400 manifest_invalid", async (_, body) => {
    await expectProblem(
      await putVersion(Repository.fresh(shared, owner), "1.0.0", utf8(body)),
      400,
      "manifest_invalid",
    );
  });

  it.each(["teams", "x", "Users"])(
    "in a namespace of the kind %s is 400, not a failure of the registry",
    async (kind) => {
      const path = `/api/v1/artifacts/${kind}/someone/thing/versions/1.0.0`;
      await expectProblem(await shared.send("PUT", path, { as: owner.session, body: "{}" }), 400, "invalid_request");
    },
  );

  it("in somebody else's namespace is 403, without a credential 401", async () => {
    const repository = Repository.fresh(shared, owner);
    const manifest = await gatiModule(repository, "1.0.0");
    const stranger = await signUp(shared);
    await expectProblem(await putVersion(repository.seenBy(stranger.session), "1.0.0", manifest), 403, "denied");
    await expectProblem(await putVersion(repository.seenBy(undefined), "1.0.0", manifest), 401, "unauthenticated");
    await setVisibility(shared, owner.session, `/api/v1/namespaces/users/${owner.handle}`, "private");
    await expectProblem(await putVersion(repository.seenBy(stranger.session), "1.0.0", manifest), 404, "name_unknown");
    await setVisibility(shared, owner.session, `/api/v1/namespaces/users/${owner.handle}`, "public");
  });
});
