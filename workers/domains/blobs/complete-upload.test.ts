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
async function objects(location: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of blobStoreOf(env).list(`blobs/${location.split("/").at(-1)}/`)) found.push(key);
  return found;
}

describe("the final PUT", () => {
  it("while D1 is away is 503; the same PUT again is 201 and the blob is there", async () => {
    const digest = await sha256("patient content");
    const location = await start();
    const put = () => client.send("PUT", `${location}?digest=${digest}`, { body: "patient content" });
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
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => client.send("PUT", `${location}?digest=${digest}`, { body: content })),
      );
      const statuses = answers.map((answer) => answer.status);
      expect(statuses).toContain(201);
      expect(statuses.filter((status) => status !== 201 && status !== 416)).toEqual([]);
      expect(await objects(location)).toHaveLength(1);
      expect(await contentOf(await client.send("GET", `/v2/${repository}/blobs/${digest}`))).toBe(content);
    }
  });

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
