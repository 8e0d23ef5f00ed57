import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Client, signUp } from "../../testing/client.ts";
import {
  answered,
  makeOrganisation,
  type Organisation,
  pushImage,
  refusal,
  statusOf,
} from "../../testing/organisation.ts";

// Every person who signs up costs a password hash.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const manifestType = "application/vnd.oci.image.manifest.v1+json";
let org: Organisation;
let other: Organisation;
let writer: Client;
let admin: Client;
let outsider: Client;
let repository: string;
let count = 0;

beforeAll(async () => {
  [org, other] = [await makeOrganisation(), await makeOrganisation()];
  [writer, admin, outsider] = [await org.member("write"), await org.member("admin"), await signUp()];
  await answered(org.policy({ approval: true }));
  await answered(other.policy({ approval: true }));
});
beforeEach(() => {
  repository = org.repository(`thing-${++count}`);
});

const settle = (as: Client, digest: string, decision = "release", where = repository) =>
  org.call(as, "POST", `/api/v1/artifacts/${where}/approvals/${digest}`, { decision });
const stillWaits = async (digest: string) => {
  const { held } = await answered<{ held: { digest: string }[] }>(org.owner.send("GET", `${org.namespace}/approvals`));
  return held.some((one) => one.digest === digest);
};

async function keyOf(who: Client, bounds: Record<string, unknown>): Promise<Client> {
  const { key } = await answered<{ key: string }>(org.call(who, "POST", "/api/v1/auth/keys", { name: "k", ...bounds }));
  return {
    ...who,
    send: (method, path, init) =>
      who.send(method, path, { ...init, headers: { ...init?.headers, Authorization: `Bearer ${key}` } }),
  };
}

describe("attack: organisations, who settles what waits", () => {
  it("nobody settles what they pushed, as an admin or as the owner, by whatever credential", async () => {
    for (const who of [admin, org.owner]) {
      const image = await pushImage(who, repository, `1.0.${++count}`);
      for (const as of [who, await keyOf(who, { scopes: ["admin"] })]) {
        expect(await refusal(settle(as, image.digest))).toEqual([403, "denied"]);
        expect(await refusal(settle(as, image.digest, "reject"))).toEqual([403, "denied"]);
      }
      expect(await stillWaits(image.digest)).toBe(true);
    }
  });

  it("who pushed the same content after somebody else did not become a second person", async () => {
    const content = `content ${crypto.randomUUID()}`;
    const image = await pushImage(writer, repository, "1.0.0", { content });
    await pushImage(admin, repository, "edge", { content });
    expect(await refusal(settle(admin, image.digest))).toEqual([403, "denied"]);
    await answered(settle(org.owner, image.digest));
    expect(await statusOf(outsider, `/v2/${repository}/manifests/edge`)).toBe(200);
  });

  it("not a writer, a reader, an outsider, or an admin of another artifact", async () => {
    await org.team(`others-${count}`, { elsewhere: "admin" });
    const reader = await org.member("read");
    const elsewhere = await org.member(undefined, [`others-${count}`]);
    const image = await pushImage(writer, repository, "1.0.0");
    for (const who of [writer, reader, elsewhere, outsider, other.owner]) {
      expect((await settle(who, image.digest)).status).toBe(403);
    }
    expect(await stillWaits(image.digest)).toBe(true);
  });

  it("not an admin who was removed or demoted meanwhile", async () => {
    const image = await pushImage(writer, repository, "1.0.0");
    const removed = await org.member("admin");
    const demoted = await org.member("admin");
    await answered(org.call(org.owner, "DELETE", `${org.namespace}/members/${removed.handle}`));
    await answered(org.call(org.owner, "PUT", `${org.namespace}/members/${demoted.handle}`, { role: "write" }));
    for (const who of [removed, demoted]) expect(await refusal(settle(who, image.digest))).toEqual([403, "denied"]);
  });

  it("not a key that may only publish, nor one for something else", async () => {
    const image = await pushImage(writer, repository, "1.0.0");
    const publish = await keyOf(admin, { scopes: ["publish"] });
    expect(await refusal(settle(publish, image.digest))).toEqual([403, "insufficient_scope"]);
    const narrow = await keyOf(admin, { scopes: ["admin"], reach: [org.repository("something-else")] });
    expect((await settle(narrow, image.digest)).status).toBe(403);
    expect(await stillWaits(image.digest)).toBe(true);
  });

  it("an admin by a team settles the artifact that it is for, and no other", async () => {
    const name = `approvers-${count}`;
    await org.team(name, { [repository.split("/")[2] ?? ""]: "admin" });
    const approver = await org.member(undefined, [name]);
    const image = await pushImage(writer, repository, "1.0.0");
    const neighbour = org.repository(`neighbour-${count}`);
    const beside = await pushImage(writer, neighbour, "1.0.0");
    expect((await settle(approver, beside.digest, "release", neighbour)).status).toBe(403);
    await answered(settle(approver, image.digest));
  });

  it("a digest that waits in another organisation, or another artifact, is settled by nobody from here", async () => {
    const theirs = await pushImage(other.owner, other.repository("thing"), "1.0.0");
    const image = await pushImage(writer, repository, "1.0.0");
    expect(await refusal(settle(admin, theirs.digest))).toEqual([404, "manifest_unknown"]);
    expect((await settle(admin, theirs.digest, "release", other.repository("thing"))).status).toBe(403);
    const neighbour = org.repository(`neighbour-${count}`);
    await pushImage(writer, neighbour, "1.0.0");
    expect(await refusal(settle(admin, image.digest, "release", neighbour))).toEqual([404, "manifest_unknown"]);
  });

  it("two who decide differently at the same moment: one decision holds, whole", async () => {
    for (let round = 0; round < 5; round++) {
      const version = `1.0.${round}`;
      const image = await pushImage(writer, repository, version);
      const both = await Promise.all([settle(admin, image.digest), settle(org.owner, image.digest, "reject")]);
      expect(both.map(({ status }) => status).toSorted()).toEqual([200, 404]);
      const released = both[0]?.status === 200;
      expect(await statusOf(writer, `/v2/${repository}/manifests/${version}`)).toBe(released ? 200 : 404);
    }
  });
});

describe("attack: organisations, ways around approval", () => {
  it("what waits is listed to nobody outside, and of a private artifact only to who sees it", async () => {
    const image = await pushImage(writer, repository, "1.0.0");
    for (const who of [outsider, other.owner]) {
      const page = await answered<{ held: unknown[] }>(who.send("GET", `${org.namespace}/approvals`));
      expect(page.held).toEqual([]);
    }
    await org.team(`one-${count}`, { elsewhere: "read" });
    const collaborator = await org.member(undefined, [`one-${count}`]);
    const seen = await answered<{ held: { digest: string }[] }>(collaborator.send("GET", `${org.namespace}/approvals`));
    expect(seen.held.some(({ digest }) => digest === image.digest)).toBe(false);
  });

  it("a label cannot be moved to content that waits", async () => {
    const image = await pushImage(writer, repository, "1.0.0");
    const manifest = await writer.send("GET", `/v2/${repository}/manifests/${image.digest}`, {
      headers: { Accept: manifestType },
    });
    const put = await writer.send("PUT", `/v2/${repository}/manifests/stable`, {
      body: await manifest.text(),
      headers: { "Content-Type": manifestType },
    });
    expect(put.status).toBe(201);
    expect(await statusOf(outsider, `/v2/${repository}/manifests/stable`)).toBe(404);
    expect(await statusOf(outsider, `/v2/${repository}/manifests/latest`)).toBe(404);
  });

  it("deprecating, or making the artifact public, shows nothing of what waits", async () => {
    await answered(settle(admin, (await pushImage(writer, repository, "0.9.0")).digest));
    const image = await pushImage(writer, repository, "1.0.0");
    await org.call(writer, "PUT", `/api/v1/artifacts/${repository}/versions/1.0.0/deprecation`, { message: "m" });
    await org.call(admin, "PATCH", `/api/v1/artifacts/${repository}`, { visibility: "public" });
    expect(await statusOf(outsider, `/v2/${repository}/manifests/${image.digest}`)).toBe(404);
    expect(await statusOf(outsider, `/v2/${repository}/manifests/1.0.0`)).toBe(404);
    expect(await statusOf(outsider, `/api/v1/artifacts/${repository}/versions/1.0.0`)).toBe(404);
    await answered(settle(admin, image.digest));
    expect(await statusOf(outsider, `/v2/${repository}/manifests/1.0.0`)).toBe(200);
  });

  it("an index does not carry content out that waits by itself", async () => {
    const waiting = await pushImage(writer, repository, "1.0.0");
    const mediaType = "application/vnd.oci.image.index.v1+json";
    const manifests = [{ mediaType: manifestType, digest: waiting.digest, size: 2 }];
    const body = JSON.stringify({ schemaVersion: 2, mediaType, manifests });
    const put = await writer.send("PUT", `/v2/${repository}/manifests/2.0.0`, {
      body,
      headers: { "Content-Type": mediaType },
    });
    expect(put.status).toBe(201);
    await answered(settle(admin, put.headers.get("docker-content-digest") ?? ""));
    // As a member of the index it is seen; the version that it waits to become is not.
    expect(await statusOf(outsider, `/v2/${repository}/manifests/${waiting.digest}`)).toBe(200);
    expect(await statusOf(outsider, `/v2/${repository}/manifests/1.0.0`)).toBe(404);
    expect(await stillWaits(waiting.digest)).toBe(true);
  });

  it("a registry token that an outsider holds reads nothing that waits", async () => {
    await answered(settle(admin, (await pushImage(writer, repository, "0.9.0")).digest));
    const image = await pushImage(writer, repository, "1.0.0");
    const { token } = await answered<{ token: string }>(
      outsider.send("GET", `/v2/token?scope=repository:${repository}:pull`),
    );
    const headers = { Authorization: `Bearer ${token}` };
    for (const path of [`manifests/${image.digest}`, "manifests/1.0.0", `blobs/${image.layer}`]) {
      expect((await outsider.send("GET", `/v2/${repository}/${path}`, { headers })).status).toBe(404);
      expect((await outsider.send("HEAD", `/v2/${repository}/${path}`, { headers })).status).toBe(404);
    }
  });

  it("a member's key for something else, or a token that was granted nothing here, reads nothing that waits", async () => {
    await answered(settle(admin, (await pushImage(writer, repository, "0.9.0")).digest));
    const image = await pushImage(writer, repository, "1.0.0");
    const narrow = await keyOf(admin, { scopes: ["admin"], reach: [org.repository("something-else")] });
    const elsewhere = `repository:${org.repository("something-else")}:pull`;
    const { token } = await answered<{ token: string }>(admin.send("GET", `/v2/token?scope=${elsewhere}`));
    const granted: Client = {
      ...admin,
      send: (method, path, init) =>
        admin.send(method, path, { ...init, headers: { ...init?.headers, Authorization: `Bearer ${token}` } }),
    };
    for (const path of [`manifests/${image.digest}`, "manifests/1.0.0", `blobs/${image.layer}`]) {
      expect(await statusOf(narrow, `/v2/${repository}/${path}`)).toBe(404);
      expect(await statusOf(granted, `/v2/${repository}/${path}`)).toBe(404);
      expect(await statusOf(admin, `/v2/${repository}/${path}`)).toBe(200);
    }
    expect(await statusOf(narrow, `/api/v1/artifacts/${repository}/versions/1.0.0`)).toBe(404);
  });

  it("what a member read of it a moment ago is not in anybody else's memory", async () => {
    await answered(settle(admin, (await pushImage(writer, repository, "0.9.0")).digest));
    const image = await pushImage(writer, repository, "1.0.0");
    for (const path of [`manifests/${image.digest}`, "manifests/1.0.0", `blobs/${image.layer}`]) {
      expect(await statusOf(writer, `/v2/${repository}/${path}`)).toBe(200);
      expect(await statusOf(outsider, `/v2/${repository}/${path}`)).toBe(404);
    }
  });

  it("the rows and the graph agree, whatever was held, released and rejected", async () => {
    const [first, second] = [
      await pushImage(writer, repository, "1.0.0"),
      await pushImage(writer, repository, "1.1.0"),
    ];
    await pushImage(writer, repository, "1.2.0");
    await answered(settle(admin, first.digest));
    await answered(settle(admin, second.digest, "reject"));
    const row = await env.DB.prepare("SELECT id FROM namespaces WHERE handle = ?")
      .bind(org.handle)
      .first<{ id: string }>();
    const graph = env.GRAPHS.get(env.GRAPHS.idFromName(row?.id ?? ""));
    expect(await graph.inspect(row?.id ?? "", false)).toMatchObject({
      ok: true,
      value: { differences: [], busy: false },
    });
    expect(await graph.rebuild(row?.id ?? "", true)).toMatchObject({ ok: true });
    expect(await graph.inspect(row?.id ?? "", false)).toMatchObject({
      ok: true,
      value: { differences: [], busy: false },
    });
    expect(await statusOf(outsider, `/v2/${repository}/manifests/1.0.0`)).toBe(200);
    expect(await statusOf(outsider, `/v2/${repository}/manifests/1.2.0`)).toBe(404);
  });
});
