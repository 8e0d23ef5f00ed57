import { listDurableObjectIds } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { digestBytes } from "../../../core/digests.ts";
import { blobStoreOf } from "../../storage/index.ts";
import { type Client, contentOf, sha256, signUp } from "../../testing/client.ts";
import { rows, withoutTable } from "../../testing/graph.ts";
import { checkObjects } from "../integrity/check-objects.ts";
import { collectGarbage } from "./collect-garbage.ts";

const hour = 60 * 60 * 1000;
const store = blobStoreOf(env);
let client: Client;
let repository: string;
let content: string;
let digest: string;
let location: string;
let turn = 0;

beforeAll(async () => {
  client = await signUp();
});
beforeEach(async () => {
  repository = client.repository(`thing-${++turn}`);
  content = `everything in one PATCH, ${turn}`;
  digest = await sha256(content);
  location = await start();
});

const start = async () => (await client.send("POST", `/v2/${repository}/blobs/uploads/`)).headers.get("location") ?? "";
const patch = (body = content, at = location) =>
  client.send("PATCH", at, { body, headers: { "Content-Length": String(body.length) } });
const put = (of = digest, at = location) => client.send("PUT", `${at}?digest=${of}`);
const status = async (answer: Promise<Response>) => (await answer).status;
const pulled = async () => contentOf(await client.send("GET", `/v2/${repository}/blobs/${digest}`));
const sessions = async () => (await listDurableObjectIds(env.UPLOADS)).length;
const collect = (now: number) =>
  collectGarbage(
    { db: env.DB, blobs: store, log: { info() {}, warn() {}, error() {} }, now: () => now },
    { dryRun: false },
  );

async function objects(at = location): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list(`blobs/${/[0-9a-f-]{36}/.exec(at)?.[0]}`)) found.push(key);
  return found;
}

describe("an upload whose first PATCH carries everything", () => {
  it.each([
    ["of known length", true],
    ["of unknown length", false],
  ])("%s is one object and one row, without any session", async (_, known) => {
    const before = await sessions();
    const headers: Record<string, string> = known ? { "Content-Length": String(content.length) } : {};
    const patched = await client.send("PATCH", location, { body: content, headers });
    expect([patched.status, patched.headers.get("oci-upload-offset")]).toEqual([202, String(content.length)]);
    expect(patched.headers.get("location")).toBe(location);
    const standing = await client.send("GET", location);
    expect([standing.status, standing.headers.get("range")]).toEqual([204, `0-${content.length - 1}`]);
    expect(await status(put())).toBe(201);
    expect(await pulled()).toBe(content);
    expect(await objects()).toHaveLength(1);
    expect(await sessions()).toBe(before);
  });

  it("is ended once, however often and at once that is asked for", async () => {
    await patch();
    expect(await Promise.all([put(), put(), put(), put()].map(status))).toEqual([201, 201, 201, 201]);
    const ended = await client.send("GET", location);
    expect([ended.status, ended.headers.get("docker-content-digest")]).toEqual([201, digest]);
    expect(await objects()).toHaveLength(1);
    expect(await status(put(await sha256("other")))).toBe(404);
    for (const late of [patch("more"), client.send("DELETE", location)]) expect(await status(late)).toBe(404);
    expect(await pulled()).toBe(content);
    expect(await objects()).toHaveLength(1);
  });

  it("stays where it is when the digest is wrong, and ends with the right one", async () => {
    await patch();
    expect(await status(put(await sha256("other")))).toBe(400);
    expect(await status(put())).toBe(201);
  });

  it("ends as a digest of another algorithm than was announced", async () => {
    await patch();
    const other = await digestBytes("sha512", new TextEncoder().encode(content));
    expect(await status(put(other))).toBe(201);
    expect(await contentOf(await client.send("GET", `/v2/${repository}/blobs/${other}`))).toBe(content);
  });

  it("throws its bytes away when somebody else stored the same before", async () => {
    const elsewhere = `/v2/${client.repository("elsewhere")}/blobs/uploads/?digest=${digest}`;
    expect(await status(client.send("POST", elsewhere, { body: content }))).toBe(201);
    await patch();
    expect(await Promise.all([put(), put()].map(status))).toEqual([201, 201]);
    expect(await objects()).toEqual([]);
    expect(await pulled()).toBe(content);
  });

  it("goes on in a session when there is more after all", async () => {
    await patch(content.slice(0, 5));
    const second = await patch(content.slice(5, 9));
    expect([second.status, second.headers.get("oci-upload-offset")]).toEqual([202, "9"]);
    const third = await client.send("PATCH", second.headers.get("location") ?? "", {
      body: content.slice(9, 12),
      headers: { "Content-Range": "9-11" },
    });
    expect(third.status).toBe(202);
    const rest = { body: content.slice(12) };
    expect(await status(client.send("PUT", `${third.headers.get("location")}?digest=${digest}`, rest))).toBe(201);
    expect(await pulled()).toBe(content);
    expect(await objects()).toHaveLength(4);
  });

  it.each([
    ["a chunk that says where it starts", "PATCH"],
    ["the PUT", "PUT"],
  ])("goes on with %s", async (_, method) => {
    await patch(content.slice(0, 5));
    const headers = { "Content-Range": `5-${content.length - 1}` };
    const query = method === "PUT" ? `?digest=${digest}` : "";
    const rest = await client.send(method, location + query, { body: content.slice(5), headers });
    expect(rest.status).toBe(method === "PUT" ? 201 : 202);
    if (method === "PATCH") expect(await status(put(digest, rest.headers.get("location") ?? ""))).toBe(201);
    expect(await pulled()).toBe(content);
  });

  it("refuses a chunk that leaves a gap", async () => {
    await patch(content.slice(0, 5));
    const headers = { "Content-Range": `7-${content.length - 1}` };
    const answer = await client.send("PATCH", location, { body: content.slice(7), headers });
    expect([answer.status, answer.headers.get("oci-upload-offset") ?? answer.headers.get("range")]).toEqual([
      416,
      "0-4",
    ]);
  });

  it("that is cancelled is gone at once, with its bytes", async () => {
    await patch();
    expect(await status(client.send("DELETE", location))).toBe(204);
    expect(await objects()).toEqual([]);
    const calls = [client.send("GET", location), client.send("DELETE", location), patch(), put()];
    const chunk = { body: content, headers: { "Content-Range": `0-${content.length - 1}` } };
    calls.push(client.send("PATCH", location, chunk));
    calls.push(client.send("PUT", `${location}?digest=${digest}`, { body: content }));
    for (const call of calls) expect(await status(call)).toBe(404);
    expect(await objects()).toEqual([]);
  });

  it("cancelled and ended at the same time is the one or the other", async () => {
    for (let round = 0; round < 20; round++) {
      const [at, text] = [await start(), `${content}, round ${round}`];
      const of = await sha256(text);
      await patch(text, at);
      const [ended, cancelled] = await Promise.all([status(put(of, at)), status(client.send("DELETE", at))]);
      expect([[201, 404].join(), [404, 204].join()]).toContain([ended, cancelled].join());
      const head = await client.send("GET", `/v2/${repository}/blobs/${of}`);
      expect(head.status).toBe(ended === 201 ? 200 : 404);
      if (ended === 201) expect(await contentOf(head)).toBe(text);
      expect(await objects(at)).toHaveLength(ended === 201 ? 1 : 0);
    }
  }, 30_000);

  it("belongs to its user and its repository", async () => {
    await patch();
    const stranger = await signUp();
    expect(await status(stranger.send("GET", location))).toBe(404);
    expect([403, 404]).toContain(await status(stranger.send("PUT", `${location}?digest=${digest}`)));
    const moved = location.replace(repository, client.repository("another"));
    expect(await status(put(digest, moved))).toBe(404);
    const bare = location.replace(/\.[^/.]*$/, "");
    for (const at of [moved, bare]) expect(await status(client.send("GET", at))).toBe(404);
    expect(await status(put())).toBe(201);
  });
});

describe("while D1 is away", () => {
  it("the PATCH is 503 and the upload stands where it was; the same PATCH again is taken", async () => {
    expect((await withoutTable("whole_uploads", () => patch())).status).toBe(503);
    expect((await client.send("GET", location)).headers.get("oci-upload-offset")).toBe("0");
    expect(await status(patch())).toBe(202);
    expect(await status(put())).toBe(201);
  });

  it("the PUT is 503 and nothing is to be seen; the same PUT again is 201", async () => {
    await patch();
    expect((await withoutTable("blob_links", put)).status).toBe(503);
    expect(await status(client.send("HEAD", `/v2/${repository}/blobs/${digest}`))).toBe(404);
    expect(await status(put())).toBe(201);
    expect(await pulled()).toBe(content);
  });
});

describe("an upload that nobody ends", () => {
  it("keeps its bytes as long as its address is good, and loses them then", async () => {
    await patch();
    const now = Date.now();
    await collect(now + 24 * hour);
    expect(await objects()).toHaveLength(1);
    await collect(now + 26 * hour);
    expect(await objects()).toEqual([]);
    expect(await rows("SELECT * FROM whole_uploads WHERE due_at <= ?", now + 26 * hour)).toEqual([]);
  });

  it("is no orphan to the consistency check", async () => {
    await patch();
    const upload = (id: string) => env.UPLOADS.get(env.UPLOADS.idFromName(id));
    const parts = { db: env.DB, blobs: store, upload, now: () => Date.now() + 2 * hour };
    const { findings } = await checkObjects(parts, "segments", "", { repair: true, deep: false, unsettled: false });
    expect(findings.filter(({ what }) => what.includes(/[0-9a-f-]{36}/.exec(location)?.[0] ?? ""))).toEqual([]);
    expect(await status(put())).toBe(201);
  });

  it("is told from one that was ended: a blob that a manifest may need keeps its bytes", async () => {
    await patch();
    await put();
    await env.DB.prepare("UPDATE gc_candidates SET due_at = ? WHERE digest = ?").bind(9e15, digest).run();
    await collect(Date.now() + 30 * hour);
    expect(await pulled()).toBe(content);
  });

  it("of unknown length is known to the collector before its bytes are there", async () => {
    const { readable, writable } = new IdentityTransformStream();
    const writer = writable.getWriter();
    const patching = client.send("PATCH", location, { body: readable as unknown as BodyInit });
    await writer.write(new TextEncoder().encode(content));
    const listed = () =>
      rows("SELECT key FROM gc_objects WHERE key GLOB ?", `blobs/${/[0-9a-f-]{36}/.exec(location)?.[0]}/*`);
    await vi.waitFor(async () => expect(await listed()).toHaveLength(1));
    expect(await objects()).toEqual([]);
    await writer.close();
    expect((await patching).status).toBe(202);
    await collect(Date.now() + 24 * hour);
    expect(await status(put())).toBe(201);
    expect(await pulled()).toBe(content);
  });
});
