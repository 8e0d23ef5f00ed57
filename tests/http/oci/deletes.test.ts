import { beforeAll, describe, expect, it } from "vitest";
import { shared } from "../support/api.ts";
import { expectOciError } from "../support/errors.ts";
import { makeKey, type Person, signUp } from "../support/people.ts";
import { digestOf, indexType, type Json, randomContent, Repository } from "../support/repository.ts";

let owner: Person;
let repository: Repository;
beforeAll(async () => {
  owner = await signUp(shared);
  repository = Repository.fresh(shared, owner);
});

describe("deleting a tag", () => {
  it("is 202, and HEAD is 404 at once; the manifest stays under its digest", async () => {
    const { digest } = await repository.pushImage("doomed");
    expect((await repository.send("DELETE", "manifests/doomed")).status).toBe(202);
    expect(await repository.head("manifests/doomed")).toBe(404);
    expect(await repository.head(`manifests/${digest}`)).toBe(200);
    expect(await repository.tags()).not.toContain("doomed");
  });

  it("that does not exist is 404 MANIFEST_UNKNOWN", async () => {
    await expectOciError(await repository.send("DELETE", "manifests/nosuchtag"), 404, "MANIFEST_UNKNOWN");
    await expectOciError(await repository.send("DELETE", "manifests/8.8.8"), 404, "MANIFEST_UNKNOWN");
  });
});

describe("deleting a manifest by digest", () => {
  it("is 202 and takes all its tags along", async () => {
    const manifest = await repository.imageManifest();
    const { digest } = await repository.pushManifest(manifest, "one");
    await repository.pushManifest(manifest, "two");
    expect((await repository.send("DELETE", `manifests/${digest}`)).status).toBe(202);
    expect([
      await repository.head(`manifests/${digest}`),
      await repository.head("manifests/one"),
      await repository.head("manifests/two"),
    ]).toEqual([404, 404, 404]);
    await expectOciError(await repository.send("DELETE", `manifests/${digest}`), 404, "MANIFEST_UNKNOWN");
  });

  it("and pushing it again brings it back with its bytes", async () => {
    const manifest = await repository.imageManifest();
    const { digest } = await repository.pushManifest(manifest, "phoenix");
    await repository.send("DELETE", `manifests/${digest}`);
    await repository.pushManifest(manifest, "phoenix");
    const pulled = await repository.send("GET", `manifests/${digest}`);
    expect(digestOf(new Uint8Array(await pulled.arrayBuffer()))).toBe(digest);
  });

  it("that a published index is made of is 405 DENIED, at any depth", async () => {
    const target = Repository.fresh(shared, owner);
    const leaf = await target.pushImage();
    const index = (...manifests: Json[]) => ({ schemaVersion: 2, mediaType: indexType, manifests });
    const inner = await target.pushManifest(index(leaf.descriptor), undefined, indexType);
    await target.pushManifest(index(inner.descriptor), "1.0.0", indexType);
    for (const { digest } of [inner, leaf]) {
      const error = await expectOciError(await target.send("DELETE", `manifests/${digest}`), 405, "DENIED");
      expect(error.detail).toMatchObject({ reason: "manifest_referenced", versions: ["1.0.0"] });
      expect(await target.head(`manifests/${digest}`)).toBe(200);
    }
  });

  it("that is a version of its own inside another version's index loses its tag, not its content", async () => {
    const target = Repository.fresh(shared, owner);
    const leaf = await target.pushImage("1.0.0");
    const inner = await target.pushManifest(
      { schemaVersion: 2, mediaType: indexType, manifests: [leaf.descriptor] },
      undefined,
      indexType,
    );
    await target.pushManifest(
      { schemaVersion: 2, mediaType: indexType, manifests: [inner.descriptor] },
      "2.0.0",
      indexType,
    );
    expect((await target.send("DELETE", "manifests/1.0.0")).status).toBe(202);
    expect(await target.head("manifests/1.0.0")).toBe(404);
    expect(await target.head(`manifests/${leaf.digest}`)).toBe(200);
  });
});

describe("deleting a blob", () => {
  it("that no manifest names is 202, and HEAD is 404 at once", async () => {
    const { digest } = await repository.pushBlob(randomContent(10));
    expect((await repository.send("DELETE", `blobs/${digest}`)).status).toBe(202);
    expect(await repository.head(`blobs/${digest}`)).toBe(404);
    await expectOciError(await repository.send("DELETE", `blobs/${digest}`), 404, "BLOB_UNKNOWN");
  });

  it("that a manifest names is 405 DENIED until the manifest is gone", async () => {
    const content = randomContent(10);
    const image = await repository.pushImage(undefined, content);
    const path = `blobs/${digestOf(content)}`;
    await expectOciError(await repository.send("DELETE", path), 405, "DENIED");
    expect(await repository.head(path)).toBe(200);
    await repository.send("DELETE", `manifests/${image.digest}`);
    expect((await repository.send("DELETE", path)).status).toBe(202);
  });

  it("leaves it in other repositories, and uploading it again brings it back", async () => {
    const bytes = randomContent(10);
    const other = Repository.fresh(shared, owner);
    const { digest } = await repository.pushBlob(bytes);
    await other.pushBlob(bytes);
    await repository.send("DELETE", `blobs/${digest}`);
    expect(await other.head(`blobs/${digest}`)).toBe(200);
    await repository.pushBlob(bytes);
    const pulled = await repository.send("GET", `blobs/${digest}`);
    expect(digestOf(new Uint8Array(await pulled.arrayBuffer()))).toBe(digest);
  });
});

describe("deleting needs the right to", () => {
  it("strangers are challenged, outsiders denied, read keys told their scope; nothing goes", async () => {
    const content = randomContent(10);
    const { digest } = await repository.pushImage("kept", content);
    const outsider = await signUp(shared);
    const reader = await makeKey(shared, owner, ["read"]);
    for (const path of ["manifests/kept", `manifests/${digest}`, `blobs/${digestOf(content)}`]) {
      await expectOciError(await repository.seenBy(undefined).send("DELETE", path), 401, "UNAUTHORIZED");
      await expectOciError(await repository.seenBy(outsider.session).send("DELETE", path), 403, "DENIED");
      await expectOciError(await repository.seenBy(reader.as).send("DELETE", path), 401, "UNAUTHORIZED");
      expect(await repository.head(path)).toBe(200);
    }
  });
});
