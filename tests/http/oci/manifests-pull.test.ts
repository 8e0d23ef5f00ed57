import { beforeAll, describe, expect, it } from "vitest";
import { shared } from "../support/api.ts";
import { expectOciError } from "../support/errors.ts";
import { type Person, setVisibility, signUp } from "../support/people.ts";
import { digestOf, manifestType, type PushedManifest, Repository } from "../support/repository.ts";

let owner: Person;
let repository: Repository;
let pushed: PushedManifest;
beforeAll(async () => {
  owner = await signUp(shared);
  repository = Repository.fresh(shared, owner);
  pushed = await repository.pushImage("1.0.0");
});

describe("pulling a manifest", () => {
  it.each(["1.0.0", "latest", "digest"])("by %s: GET has the bytes, HEAD the same headers and none", async (by) => {
    const path = `manifests/${by === "digest" ? pushed.digest : by}`;
    const [get, head] = await Promise.all([repository.send("GET", path), repository.send("HEAD", path)]);
    for (const response of [get, head]) {
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe(manifestType);
      expect(response.headers.get("content-length")).toBe(String(pushed.bytes.length));
      expect(response.headers.get("docker-content-digest")).toBe(pushed.digest);
      expect(response.headers.get("etag")).toBe(`"${pushed.digest}"`);
    }
    expect(Buffer.from(await get.arrayBuffer()).equals(pushed.bytes)).toBe(true);
    expect((await head.arrayBuffer()).byteLength).toBe(0);
  });

  it("may be kept by digest and must be asked again by tag", async () => {
    const immutable = await repository.send("GET", `manifests/${pushed.digest}`);
    expect(immutable.headers.get("cache-control")).toBe("public, max-age=31536000, immutable, no-transform");
    expect((await repository.send("GET", "manifests/1.0.0")).headers.get("cache-control")).toBe(
      "no-cache, no-transform",
    );
  });

  it("with its ETag is 304", async () => {
    for (const method of ["GET", "HEAD"]) {
      const response = await repository.send(method, "manifests/latest", {
        headers: { "If-None-Match": `"${pushed.digest}"` },
      });
      expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([304, 0]);
    }
  });

  it("whatever Accept says, has the type it was pushed with", async () => {
    const response = await repository.send("GET", "manifests/latest", {
      headers: { Accept: "application/vnd.docker.distribution.manifest.v2+json" },
    });
    expect(response.headers.get("content-type")).toBe(manifestType);
  });

  it.each(["nosuchtag", "9.9.9", digestOf("nothing"), digestOf("nothing", "sha512")])(
    "%s that is not there is 404 MANIFEST_UNKNOWN",
    async (reference) => {
      await expectOciError(await repository.send("GET", `manifests/${reference}`), 404, "MANIFEST_UNKNOWN");
      expect(await repository.head(`manifests/${reference}`)).toBe(404);
    },
  );

  it("a digest with its colon escaped is the same digest", async () => {
    expect(await repository.head(`manifests/${encodeURIComponent(pushed.digest)}`)).toBe(200);
  });

  it("of a private artifact is not for shared caches", async () => {
    const hidden = Repository.fresh(shared, owner);
    const { digest } = await hidden.pushImage("1.0.0");
    await setVisibility(shared, owner.session, `/api/v1/artifacts/${hidden.name}`, "private");
    const response = await hidden.send("GET", `manifests/${digest}`);
    expect(response.headers.get("cache-control")).toMatch(/^private,/);
  });
});

describe("latest", () => {
  it("follows the highest stable version, whatever the order of publishing", async () => {
    const target = Repository.fresh(shared, owner);
    const two = await target.pushImage("2.0.0");
    await target.pushImage("1.0.0");
    await target.pushImage("3.0.0-rc.1");
    expect((await target.send("HEAD", "manifests/latest")).headers.get("docker-content-digest")).toBe(two.digest);
  });

  it("is a prerelease only while nothing is stable", async () => {
    const target = Repository.fresh(shared, owner);
    const candidate = await target.pushImage("1.0.0-rc.1");
    expect((await target.send("HEAD", "manifests/latest")).headers.get("docker-content-digest")).toBe(candidate.digest);
    const stable = await target.pushImage("0.9.0");
    expect((await target.send("HEAD", "manifests/latest")).headers.get("docker-content-digest")).toBe(stable.digest);
  });

  it("that was set by hand stays where it was put", async () => {
    const target = Repository.fresh(shared, owner);
    const chosen = await target.pushImage("latest");
    await target.pushImage("1.0.0");
    expect((await target.send("HEAD", "manifests/latest")).headers.get("docker-content-digest")).toBe(chosen.digest);
  });

  it("goes back when the highest version is deleted, and away with the last one", async () => {
    const target = Repository.fresh(shared, owner);
    const one = await target.pushImage("1.0.0");
    await target.pushImage("2.0.0");
    await target.send("DELETE", "manifests/2.0.0");
    expect((await target.send("HEAD", "manifests/latest")).headers.get("docker-content-digest")).toBe(one.digest);
    await target.send("DELETE", "manifests/1.0.0");
    expect(await target.head("manifests/latest")).toBe(404);
  });
});
