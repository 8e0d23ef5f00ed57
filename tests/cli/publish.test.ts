import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { createClient, type Digest, mediaTypes, parseImageManifest } from "../../packages/sdk/src/index.ts";
import { AppProject, imageLayout, nodeModule } from "../harness/cli-project.ts";

let app: AppProject;

beforeEach(async () => {
  app = await AppProject.create(inject("registryUrl"));
});
afterEach(() => app.machine.remove());

describe("gati module publish", () => {
  it("publishes a node module that any client can find by the printed digest", async () => {
    const directory = await app.machine.files("m", nodeModule());
    const dry = await app.published(directory, ["--dry-run"]);
    const first = await app.published(directory);
    expect(first).toMatchObject({
      status: "published",
      reference: `@${app.account.handle}/greeter@1.0.0`,
      type: "module-node",
      digest: dry.digest,
    });
    expect(dry.files).toEqual(["gati-module.json", "index.js", "package.json"]);

    const { bytes, digest } = await app.account.client.oci.getManifest(first.repository, "1.0.0");
    expect(digest).toBe(first.digest);
    expect(parseImageManifest(bytes)).toMatchObject({
      artifactType: "application/vnd.gati.module-node.v1",
      config: { mediaType: mediaTypes.gatiManifest },
    });
    expect(await app.account.client.resolve(`@${app.account.handle}/greeter`)).toMatchObject({
      version: "1.0.0",
      digest,
      type: "module-node",
    });
  });

  it("says so when the same content is published again, and sends nothing twice", async () => {
    const directory = await app.machine.files("m", nodeModule());
    await app.published(directory);
    expect(await app.published(directory)).toMatchObject({ status: "already-published", uploads: { uploaded: 0 } });
  });

  it("refuses other content under a published version with exit code 5", async () => {
    await app.published(await app.machine.files("m", nodeModule()));
    const result = await app.tryPublish(await app.machine.files("m2", nodeModule("1.0.0", "two")));
    expect(result.code).toBe(5);
    expect(result.json()).toMatchObject({ error: { code: "version_exists" } });
  });

  it("publishes WebAssembly, binaries and external modules as what they are", async () => {
    const wasm = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    const directory = await app.machine.files("w", {
      "gati-module.json": { name: "adder", version: "1.0.0", type: "wasm", config: { wasmFile: "build/adder.wasm" } },
      "build/adder.wasm": wasm,
    });
    const module = await app.published(directory);
    expect(module.layers).toMatchObject([{ mediaType: "application/wasm", size: 8 }]);
    expect(await app.account.client.oci.readBlob(module.repository, module.layers[0]?.digest as Digest)).toEqual(wasm);

    const binary = await app.machine.files("b", {
      "gati-module.json": {
        name: "tool",
        version: "1.0.0",
        type: "binary",
        config: { binaries: { linux: "bin/a", darwin: "bin/b" } },
      },
      "bin/a": "a",
      "bin/b": "b",
    });
    expect((await app.published(binary)).layers).toHaveLength(2);

    const external = await app.machine.files("e", {
      "gati-module.json": { name: "pay", version: "1.0.0", type: "external", exports: {} },
    });
    expect(await app.published(external)).toMatchObject({
      type: "module-external",
      layers: [{ mediaType: mediaTypes.ociEmpty }],
    });
  });

  it("publishes an OCI layout under the digest of the image", async () => {
    const { digest, layout } = imageLayout("layer");
    const directory = await app.machine.files("o", {
      "gati-module.json": { name: "web", version: "1.0.0", gati: { type: "oci", config: { layout: "image" } } },
      ...layout,
    });
    expect(await app.published(directory)).toMatchObject({ type: "module-oci", digest });
    expect(await app.account.client.resolve(`@${app.account.handle}/web@1.0.0`)).toMatchObject({
      type: "module-oci",
      digest,
    });
  });

  it("publishes a packed module byte for byte, whatever the file is called", async () => {
    const archive = pack();
    archive.entry({ name: "package/package.json" }, JSON.stringify({ name: "@elsewhere/packed", version: "2.0.0" }));
    archive.finalize();
    const bytes = gzipSync(await buffer(archive));
    await app.machine.files("t", { "any-name.tgz": bytes });
    const result = await app.published(app.machine.path("t"), [
      "any-name.tgz",
      "--namespace",
      `@${app.account.handle}`,
    ]);
    expect(result.reference).toBe(`@${app.account.handle}/packed@2.0.0`);
    expect(
      Buffer.from(await app.account.client.oci.readBlob(result.repository, result.layers[0]?.digest as Digest)),
    ).toEqual(bytes);
  });

  it("moves labels", async () => {
    const module = await app.published(await app.machine.files("m", nodeModule()), [
      "--tag",
      "beta",
      "--tag",
      "canary",
    ]);
    expect((await app.account.client.artifacts.get(module.repository)).labels).toMatchObject({
      beta: { digest: module.digest },
      canary: { digest: module.digest },
    });
    expect((await app.tryPublish(app.machine.path("m"), ["--tag", "1.2.3"])).code).toBe(2);
  });

  it("says that it moved a label to a version that was published before, and when there was nothing to move", async () => {
    const directory = await app.machine.files("m", nodeModule());
    await app.published(directory);
    const env = { GATI_API_KEY: app.account.key };
    const moved = await app.machine.gati(["module", "publish", "--tag", "beta"], { cwd: directory, env });
    expect(moved.stdout).toContain("was already published with this content; moved the label beta to it.");
    expect(await app.published(directory, ["--tag", "beta", "--tag", "canary"])).toMatchObject({
      status: "already-published",
      labels: ["beta", "canary"],
      movedLabels: ["canary"],
    });
    expect(await app.published(directory, ["--tag", "beta"])).toMatchObject({ movedLabels: [] });
  });

  it("publishes a category as a node module, and says so", async () => {
    const directory = await app.machine.files("m", {
      "gati-module.json": { name: "store", version: "1.0.0", gati: { type: "database" } },
      "index.js": "",
    });
    const env = { GATI_API_KEY: app.account.key };
    const plain = await app.machine.gati(["module", "publish"], { cwd: directory, env });
    expect(plain.stdout).toContain("module-node (category database)");
    expect(await app.published(directory)).toMatchObject({ type: "module-node", category: "database" });
  });

  it("counts the size of a version as the registry does", async () => {
    const module = await app.published(await app.machine.files("m", nodeModule()));
    const [version] = await app.account.client.artifacts.versions(module.repository);
    expect(module.size).toBe(version?.size);
    const info = await app.machine.gati(["module", "info", `@${app.account.handle}/greeter`]);
    expect(info.stdout).toContain(`size         ${version?.size} B`);
  });

  it("publishes to an organisation and names dependencies in full", async () => {
    const organisation = `o-${app.account.handle}`.slice(0, 39);
    await app.account.client.namespaces.createOrg(organisation).catch(async () => {
      // Organisations may need more than a publishing key.
      const { token } = await app.account.client.auth.signIn(app.account);
      await createClient({ registry: app.machine.registry, credential: token }).namespaces.createOrg(organisation);
    });
    const directory = await app.machine.files("m", {
      "gati-module.json": {
        name: `@${organisation}/svc`,
        version: "1.0.0",
        gati: { dependencies: { base: "^1.0.0" } },
      },
    });
    const module = await app.published(directory);
    expect(module.repository).toBe(`orgs/${organisation}/svc`);
    const detail = await app.account.client.artifacts.version(module.repository, "1.0.0" as never);
    expect(detail.manifest.dependencies).toEqual({ [`@${organisation}/base`]: "^1.0.0" });
  });
});
