import { createHash } from "node:crypto";
import { readdir, readFile, rm, truncate } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { type Header, pack } from "tar-stream";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import {
  buildImageManifest,
  bytesSource,
  type Digest,
  digestBytes,
  encodeGatiManifest,
  mediaTypes,
  parseGatiManifest,
  parseRepository,
  parseVersion,
} from "../../packages/sdk/src/index.ts";
import { AppProject } from "../harness/cli-project.ts";

let app: AppProject;

beforeEach(async () => {
  app = await AppProject.create(inject("registryUrl"));
});
afterEach(() => app.machine.remove());

/** Publishes an archive that no well-behaved tool makes, through the SDK. */
async function publishArchive(
  name: string,
  entries: readonly (Partial<Header> & { name: string; content?: string })[],
): Promise<void> {
  const archive = pack();
  for (const { content, ...header } of entries) archive.entry(header, content ?? "");
  archive.finalize();
  const { repository } = parseRepository(`users/${app.account.handle}/${name}`);
  const layer = gzipSync(await buffer(archive));
  const manifest = parseGatiManifest({ name, version: "1.0.0", type: "module-node" });
  const config = encodeGatiManifest(manifest);
  const descriptors = await Promise.all(
    [layer, config].map(async (bytes) => {
      const digest = await digestBytes("sha256", bytes);
      await app.account.client.oci.uploadBlob(repository, bytesSource(bytes), { digest });
      return { digest, size: bytes.length };
    }),
  );
  const [layerBlob, configBlob] = descriptors as [{ digest: Digest; size: number }, { digest: Digest; size: number }];
  const image = buildImageManifest({
    type: "module-node",
    config: { ...configBlob, mediaType: mediaTypes.gatiManifest },
    layers: [{ ...layerBlob, mediaType: mediaTypes.gatiContent }],
  });
  await app.account.client.artifacts.publish(repository, parseVersion("1.0.0"), image);
}

describe("content", () => {
  it("that was damaged in the store is fetched again", async () => {
    await app.publish("auth", "1.0.0", {}, "x".repeat(5000));
    await app.install(app.full("auth"));
    const digest = (await app.document("gati.lock")).modules[app.full("auth")]?.layers[0]?.digest.slice(7) ?? "";
    await truncate(app.machine.path("store/blobs/sha256", digest.slice(0, 2), digest), 10);
    await rm(app.path("gati_modules"), { recursive: true });
    await app.install();
    expect(await app.installed("auth")).toBe("x".repeat(5000));
  });

  it.each<[string, Partial<Header> & { name: string; content?: string }]>([
    ["leads out of the module", { name: "package/../../../escaped", content: "x" }],
    ["is a link to a file outside", { name: "package/link", type: "symlink", linkname: "/etc/passwd" }],
  ])("that %s is refused with exit code 6, and the project stays as it was", async (_, entry) => {
    await app.publish("good", "1.0.0");
    await app.install(app.full("good"));
    const before = createHash("sha256")
      .update(await readFile(app.path("gati.lock")))
      .digest("hex");
    await publishArchive("evil", [{ name: "package/index.js", content: "1" }, entry]);
    expect(await app.refusal(["install", app.full("evil")])).toMatchObject({ code: 6, error: "archive_unsafe" });
    expect(
      createHash("sha256")
        .update(await readFile(app.path("gati.lock")))
        .digest("hex"),
    ).toBe(before);
    expect(await readdir(app.path("gati_modules"))).toEqual([`@${app.account.handle}`]);
    expect(await readdir(app.path("gati_modules", `@${app.account.handle}`))).toEqual(["good"]);
    expect(await readdir(app.machine.root)).not.toContain("escaped");
  });
});
