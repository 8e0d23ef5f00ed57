import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Client, pushBlob, signUp } from "../../testing/client.ts";
import {
  answered,
  makeOrganisation,
  type Organisation,
  pushImage,
  refusal,
  statusOf,
} from "../../testing/organisation.ts";

const manifestType = "application/vnd.oci.image.manifest.v1+json";
// Every person who signs up costs a password hash.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let org: Organisation;
let writer: Client;
let admin: Client;
let outsider: Client;
let repository: string;
let count = 0;

beforeAll(async () => {
  org = await makeOrganisation();
  [writer, admin, outsider] = [await org.member("write"), await org.member("admin"), await signUp()];
});

beforeEach(async () => {
  await answered(org.policy({}));
  repository = org.repository(`thing-${++count}`);
  await pushImage(writer, repository, "0.9.0");
  expect((await org.policy({ approval: true })).status).toBe(200);
});

const approvals = () => `${org.namespace}/approvals`;
const settle = (as: Client, digest: string, decision = "release", where = repository) =>
  org.call(as, "POST", `/api/v1/artifacts/${where}/approvals/${digest}`, { decision });
const manifest = (reference: string) => `/v2/${repository}/manifests/${reference}`;

/** Every way in which an outsider might see that there is something. */
async function seenBy(who: Client, image: { digest: string; layer: string }, version: string) {
  const tags = await answered<{ tags: string[] }>(who.send("GET", `/v2/${repository}/tags/list`));
  const { versions } = await answered<{ versions: { version: string }[] }>(
    who.send("GET", `/api/v1/artifacts/${repository}/versions`),
  );
  const rest = `/api/v1/artifacts/${repository}/versions/${version}`;
  return {
    tagged: tags.tags.includes(version),
    listed: versions.some((one) => one.version === version),
    latest: (await answered<{ latest: string }>(who.send("GET", `/api/v1/artifacts/${repository}`))).latest === version,
    byTag: await statusOf(who, manifest(version)),
    byDigest: await statusOf(who, manifest(image.digest)),
    layer: await statusOf(who, `/v2/${repository}/blobs/${image.layer}`),
    described: await statusOf(who, rest),
    downloaded: await statusOf(who, `${rest}/download`),
    resolved: await statusOf(who, `/api/v1/resolve?ref=${encodeURIComponent(`${repository}@${image.digest}`)}`),
    ranged:
      (await answered<{ version: string }>(who.send("GET", `/api/v1/resolve?ref=${repository}@*`))).version === version,
  };
}

const nothing = {
  tagged: false,
  listed: false,
  latest: false,
  byTag: 404,
  byDigest: 404,
  layer: 404,
  described: 404,
  downloaded: 404,
  resolved: 404,
  ranged: false,
};
const everything = {
  tagged: true,
  listed: true,
  latest: true,
  byTag: 200,
  byDigest: 200,
  layer: 200,
  described: 200,
  downloaded: 200,
  resolved: 200,
  ranged: true,
};

describe("a version that waits for a second person", () => {
  it("is there for members and for nobody else, and for everybody once it is released", async () => {
    const image = await pushImage(writer, repository, "1.0.0");
    expect(image.status).toBe(201);
    expect(await seenBy(outsider, image, "1.0.0")).toEqual(nothing);
    expect(await seenBy(admin, image, "1.0.0")).toEqual({ ...everything, tagged: false, latest: false, ranged: false });
    const version = `/api/v1/artifacts/${repository}/versions/1.0.0`;
    expect(await answered(writer.send("GET", version))).toMatchObject({ state: "pending", digest: image.digest });

    const { held } = await answered<{ held: unknown[] }>(admin.send("GET", approvals()));
    expect(held).toEqual([
      {
        repository,
        digest: image.digest,
        tags: ["1.0.0"],
        reasons: ["approval"],
        heldBy: writer.handle,
        heldAt: expect.any(String),
        own: false,
      },
    ]);
    expect(await answered(settle(admin, image.digest))).toEqual({ digest: image.digest, tags: ["1.0.0"] });
    expect(await seenBy(outsider, image, "1.0.0")).toEqual(everything);
    expect(await answered(writer.send("GET", version))).toMatchObject({ state: "published", digest: image.digest });
    expect(await answered(admin.send("GET", approvals()))).toEqual({ held: [], next: null });
  });

  it("that is rejected never appears, and its number is spent", async () => {
    const image = await pushImage(writer, repository, "1.0.0");
    await answered(settle(admin, image.digest, "reject"));
    expect(await seenBy(outsider, image, "1.0.0")).toEqual({ ...nothing, described: 410, downloaded: 410 });
    expect(await statusOf(admin, manifest(image.digest))).toBe(404);
    const again = await pushImage(writer, repository, "1.0.0");
    expect(again.status).toBe(409);
  });

  it("cannot be pushed with other content, and the same content changes nothing", async () => {
    const content = `content ${crypto.randomUUID()}`;
    const first = await pushImage(writer, repository, "1.0.0", { content });
    const again = await pushImage(writer, repository, "1.0.0", { content });
    expect([again.status, again.digest]).toEqual([201, first.digest]);
    expect((await pushImage(writer, repository, "1.0.0")).status).toBe(409);
    await answered(settle(admin, first.digest));
    expect(await statusOf(outsider, manifest("1.0.0"))).toBe(200);
  });

  it("may be withdrawn by a writer", async () => {
    const image = await pushImage(writer, repository, "1.0.0");
    await answered(writer.send("DELETE", `/api/v1/artifacts/${repository}/versions/1.0.0`));
    expect(await answered(admin.send("GET", approvals()))).toEqual({ held: [], next: null });
    expect(await refusal(settle(admin, image.digest))).toEqual([404, "manifest_unknown"]);
  });
});

describe("an artifact of which everything waits", () => {
  it("is unknown to outsiders until something is released, then public", async () => {
    repository = org.repository("fresh");
    const image = await pushImage(writer, repository, "1.0.0");
    for (const path of [`/v2/${repository}/tags/list`, `/api/v1/artifacts/${repository}`, manifest("1.0.0")])
      expect(await statusOf(outsider, path)).toBe(404);
    await answered(settle(admin, image.digest));
    expect(await answered(outsider.send("GET", `/api/v1/artifacts/${repository}`))).toMatchObject({
      latest: "1.0.0",
      visibility: "public",
    });
  });

  it("stays private when an admin said so", async () => {
    repository = org.repository("shy");
    const image = await pushImage(writer, repository, "1.0.0");
    await answered(org.call(admin, "PATCH", `/api/v1/artifacts/${repository}`, { visibility: "private" }));
    await answered(settle(admin, image.digest));
    expect(await statusOf(outsider, `/api/v1/artifacts/${repository}`)).toBe(404);
    expect(await statusOf(writer, manifest("1.0.0"))).toBe(200);
  });
});

describe("what comes with it", () => {
  it("labels wait too, and move without asking to what was released before", async () => {
    const image = await pushImage(writer, repository, "edge");
    expect(await statusOf(outsider, manifest("edge"))).toBe(404);
    expect(await statusOf(outsider, manifest(image.digest))).toBe(404);
    await answered(settle(admin, image.digest));
    expect(await statusOf(outsider, manifest("edge"))).toBe(200);
    const released = await writer.send("GET", manifest("0.9.0"), { headers: { Accept: manifestType } });
    const put = await writer.send("PUT", manifest("stable"), {
      body: await released.text(),
      headers: { "Content-Type": manifestType },
    });
    expect(put.status).toBe(201);
    expect(await statusOf(outsider, manifest("stable"))).toBe(200);
  });

  it("members of an index are hidden and shown with it", async () => {
    const child = await pushImage(writer, repository, undefined);
    expect(await statusOf(outsider, manifest(child.digest))).toBe(404);
    const mediaType = "application/vnd.oci.image.index.v1+json";
    const body = JSON.stringify({
      schemaVersion: 2,
      mediaType,
      manifests: [{ mediaType: manifestType, digest: child.digest, size: 2 }],
    });
    const put = await writer.send("PUT", manifest("2.0.0"), { body, headers: { "Content-Type": mediaType } });
    expect(put.status).toBe(201);
    const digest = put.headers.get("docker-content-digest") ?? "";
    expect(await statusOf(outsider, manifest(child.digest))).toBe(404);
    await answered(settle(admin, digest));
    expect(await statusOf(outsider, manifest("2.0.0"))).toBe(200);
    expect(await statusOf(outsider, manifest(child.digest))).toBe(200);
    expect(await statusOf(outsider, `/v2/${repository}/blobs/${child.layer}`)).toBe(200);
  });

  it("what refers to it is hidden and shown with it; what refers to released content is seen at once", async () => {
    const image = await pushImage(writer, repository, "1.0.0");
    const note = await pushImage(writer, repository, undefined, { subject: image.digest });
    const referrers = `/v2/${repository}/referrers/${image.digest}`;
    const listed = async (as: Client) =>
      (await answered<{ manifests: { digest: string }[] }>(as.send("GET", referrers))).manifests.map(
        (one) => one.digest,
      );
    expect(await listed(outsider)).toEqual([]);
    expect(await listed(admin)).toEqual([note.digest]);
    await answered(settle(admin, image.digest));
    expect(await listed(outsider)).toEqual([note.digest]);
    const later = await pushImage(writer, repository, undefined, { subject: image.digest });
    expect((await listed(outsider)).toSorted()).toEqual([note.digest, later.digest].toSorted());
  });

  it("a blob that only waiting content has cannot be mounted by outsiders; a member can", async () => {
    const image = await pushImage(writer, repository, "1.0.0");
    const mount = async (as: Client) => {
      const target = as.repository("mine");
      const path = `/v2/${target}/blobs/uploads/?mount=${image.layer}&from=${encodeURIComponent(repository)}`;
      return (await as.send("POST", path)).status;
    };
    expect(await mount(outsider)).toBe(202);
    expect(await mount(writer)).toBe(201);
    await answered(settle(admin, image.digest));
    expect(await mount(outsider)).toBe(201);
  });

  it("a blob that was uploaded and is named by nothing yet is nobody's but members'", async () => {
    const blob = await pushBlob(writer, repository, `coming ${crypto.randomUUID()}`);
    expect(await statusOf(outsider, `/v2/${repository}/blobs/${blob.digest}`)).toBe(404);
    expect(await statusOf(writer, `/v2/${repository}/blobs/${blob.digest}`)).toBe(200);
  });

  it("content that everybody has under another name stays seen while its new version waits", async () => {
    const content = `content ${crypto.randomUUID()}`;
    await answered(org.policy({}));
    const first = await pushImage(writer, repository, "3.0.0", { content });
    await answered(org.policy({ approval: true }));
    await pushImage(writer, repository, "3.1.0", { content });
    expect(await statusOf(outsider, manifest(first.digest))).toBe(200);
    expect(await statusOf(outsider, manifest("3.0.0"))).toBe(200);
    expect(await statusOf(outsider, manifest("3.1.0"))).toBe(404);
    await answered(settle(admin, first.digest));
    expect(await statusOf(outsider, manifest("3.1.0"))).toBe(200);
  });

  it("is released by pushing it again once nothing demands approval any more", async () => {
    const content = `content ${crypto.randomUUID()}`;
    await pushImage(writer, repository, "1.0.0", { content });
    await answered(org.policy({}));
    expect(await statusOf(outsider, manifest("1.0.0"))).toBe(404);
    await pushImage(writer, repository, "1.0.0", { content });
    expect(await statusOf(outsider, manifest("1.0.0"))).toBe(200);
  });
});
