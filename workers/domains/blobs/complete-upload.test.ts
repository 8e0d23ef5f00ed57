import { listDurableObjectIds } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { blobStoreOf } from "../../storage/index.ts";
import { type Client, contentOf, sha256, signUp } from "../../testing/client.ts";
import { withoutTable } from "../../testing/graph.ts";

let client: Client;
let repository: string;
beforeAll(async () => {
  client = await signUp();
  repository = client.repository("thing");
});

const start = async () => (await client.send("POST", `/v2/${repository}/blobs/uploads/`)).headers.get("location") ?? "";
const idOf = (location: string) => /[0-9a-f-]{36}/.exec(location)?.[0] ?? "";
async function objects(location = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of blobStoreOf(env).list(`blobs/${idOf(location)}`)) found.push(key);
  return found;
}

/** The address that the answer to a PATCH names: without what began the upload. */
const idOnly = (location: string, digest: string) =>
  `/v2/${repository}/blobs/uploads/${idOf(location)}?digest=${digest}`;

describe("an upload whose first request after its opening carries everything", () => {
  it("is a blob without any session, one object however often and at once it is sent", async () => {
    const content = "whole and at once";
    const digest = await sha256(content);
    const location = await start();
    const sessions = await listDurableObjectIds(env.UPLOADS);
    const before = await objects();
    const put = () => client.send("PUT", `${location}?digest=${digest}`, { body: content });
    const answers = await Promise.all(Array.from({ length: 5 }, put));
    expect([...answers, await put()].map((answer) => answer.status)).toEqual(Array.from({ length: 6 }, () => 201));
    expect(await contentOf(await client.send("GET", `/v2/${repository}/blobs/${digest}`))).toBe(content);
    expect(await listDurableObjectIds(env.UPLOADS)).toHaveLength(sessions.length);
    expect(await objects()).toHaveLength(before.length + 1);
  });

  it("while D1 is away is 503; the same PUT again is 201 and the blob is there", async () => {
    const content = "patient whole content";
    const digest = await sha256(content);
    const location = await start();
    const put = () => client.send("PUT", `${location}?digest=${digest}`, { body: content });
    expect((await withoutTable("blobs", put)).status).toBe(503);
    expect((await put()).status).toBe(201);
    expect(await contentOf(await client.send("GET", `/v2/${repository}/blobs/${digest}`))).toBe(content);
  });

  it("of no bytes at all is the empty blob", async () => {
    const digest = await sha256("");
    expect((await client.send("PUT", `${await start()}?digest=${digest}`)).status).toBe(201);
    expect((await client.send("HEAD", `/v2/${repository}/blobs/${digest}`)).headers.get("content-length")).toBe("0");
  });
});

describe("the address of a fresh upload", () => {
  const asked = async (method: string, path: string, by = client) => (await by.send(method, path)).status;

  it("stands at nothing until it takes bytes, and is unknown once it was cancelled", async () => {
    const location = await start();
    expect(await asked("GET", location)).toBe(204);
    expect(await asked("DELETE", location)).toBe(204);
    for (const method of ["GET", "DELETE"]) expect(await asked(method, location)).toBe(404);
    expect((await client.send("PATCH", location, { body: "late" })).status).toBe(404);
  });

  it("proves its opening by its seal: without one, with another's or a changed one there is no upload", async () => {
    const [location, other] = [await start(), await start()];
    const seal = location.split(".").at(-1) ?? "";
    const changed = seal.slice(0, -2) + (seal.endsWith("A") ? "BB" : "AA");
    for (const wrong of [
      location.replace(`.${seal}`, ""),
      other.replace(other.split(".").at(-1) ?? "", seal),
      location.replace(seal, changed),
      location.replace(seal, `zz${seal.slice(2)}`),
      location.replace("sha256", "sha512"),
      location.replace("/thing/", "/another/"),
    ]) {
      expect(await asked("GET", wrong), wrong).toBe(404);
    }
    const stranger = await signUp();
    expect(await asked("GET", location, stranger)).toBe(404);
    expect(await asked("GET", location)).toBe(204);
  });
});

describe("the final PUT", () => {
  it("while D1 is away is 503; the same PUT again is 201 and the blob is there", async () => {
    const digest = await sha256("patient content");
    const location = await start();
    await client.send("PATCH", location, { body: "patient content" });
    const put = () => client.send("PUT", `${location}?digest=${digest}`);
    const failed = await withoutTable("blobs", put);
    expect([failed.status, await failed.json()]).toMatchObject([
      503,
      { errors: [{ code: "UNKNOWN", detail: { reason: "unavailable" } }] },
    ]);
    expect((await client.send("HEAD", `/v2/${repository}/blobs/${digest}`)).status).toBe(404);
    expect((await put()).status).toBe(201);
    expect(await contentOf(await client.send("GET", `/v2/${repository}/blobs/${digest}`))).toBe("patient content");
    expect(await objects(location)).toHaveLength(1);
  });

  it("sent many times at once ends the upload once: the others hear that it is done, or that another was faster", async () => {
    for (let round = 0; round < 20; round++) {
      const content = `raced ${round}`;
      const digest = await sha256(content);
      const location = await start();
      await client.send("PATCH", location, { body: content.slice(0, 3), headers: { "Content-Range": "0-2" } });
      const body = content.slice(3);
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => client.send("PUT", idOnly(location, digest), { body })),
      );
      const statuses = answers.map((answer) => answer.status);
      expect(statuses).toContain(201);
      expect(statuses.filter((status) => status !== 201 && status !== 416)).toEqual([]);
      expect(await objects(location)).toHaveLength(2);
      expect(await contentOf(await client.send("GET", `/v2/${repository}/blobs/${digest}`))).toBe(content);
    }
  }, 30_000);

  it("with a wrong digest leaves no bytes behind", async () => {
    const location = await start();
    expect((await client.send("PUT", `${location}?digest=${await sha256("other")}`, { body: "content" })).status).toBe(
      400,
    );
    expect(await objects(location)).toEqual([]);
  });
});

describe("a chunk that the upload did not take leaves no bytes behind", () => {
  it("because the upload was cancelled while it was sent", async () => {
    const location = await start();
    const { readable, writable } = new IdentityTransformStream();
    const writer = writable.getWriter();
    const patching = client.send("PATCH", location, { body: readable as unknown as BodyInit });
    await writer.write(new Uint8Array(1000));
    expect((await client.send("DELETE", location)).status).toBe(204);
    await writer.write(new Uint8Array(1000));
    await writer.close();
    expect((await patching).status).toBe(404);
    expect(await objects(location)).toEqual([]);
  });

  it("because a newer writer came first", async () => {
    const location = await start();
    const { readable, writable } = new IdentityTransformStream();
    const writer = writable.getWriter();
    const slow = client.send("PATCH", location, { body: readable as unknown as BodyInit });
    await writer.write(new TextEncoder().encode("slow"));
    expect((await client.send("PATCH", location, { body: "fast" })).status).toBe(202);
    await writer.write(new TextEncoder().encode(" and late"));
    await writer.close();
    const late = await slow;
    expect([late.status, late.headers.get("range")]).toEqual([416, "0-3"]);
    expect((await client.send("PUT", `${location}?digest=${await sha256("fast")}`)).status).toBe(201);
    expect(await objects(location)).toHaveLength(1);
  });
});

it("a POST of unknown length is an upload, so that expiry knows what a vanished client may have left", async () => {
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  const before = await listDurableObjectIds(env.UPLOADS);
  const digest = await sha256("streamed");
  const posting = client.send("POST", `/v2/${repository}/blobs/uploads/?digest=${digest}`, {
    body: readable as unknown as BodyInit,
  });
  await writer.write(new TextEncoder().encode("streamed"));
  expect(await listDurableObjectIds(env.UPLOADS)).toHaveLength(before.length + 1);
  await writer.close();
  expect((await posting).status).toBe(201);
  expect(await contentOf(await client.send("GET", `/v2/${repository}/blobs/${digest}`))).toBe("streamed");
});
