import { randomInt } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RestartableRegistry } from "../harness/registry-process.ts";
import { Api } from "../http/support/api.ts";
import { gatiModule, putVersion, versionPath } from "../http/support/modules.ts";
import { type Person, signUp } from "../http/support/people.ts";
import { digestOf, randomContent, Repository } from "../http/support/repository.ts";
import { BrokenClient } from "./broken-client.ts";
import { storedFiles, uploadOf } from "./stored-files.ts";

const chunk = 200_000;
const chunks = 6;
let registry: RestartableRegistry;
let api: Api;
let owner: Person;
let repository: Repository;

beforeAll(async () => {
  registry = await RestartableRegistry.start();
  api = new Api(registry.url);
  owner = await signUp(api);
  repository = Repository.fresh(api, owner);
});
afterAll(() => registry.remove());

async function crashAndRestart(): Promise<void> {
  await registry.crash();
  await registry.start();
}

const patch = (location: string, bytes: Uint8Array, at: number) => {
  const body = bytes.subarray(at, at + chunk);
  return repository.send("PATCH", location, { body, headers: { "Content-Range": `${at}-${at + body.length - 1}` } });
};

/** Asks where the upload stands and goes on from there, as a client that was cut off does. */
async function resume(location: string, bytes: Uint8Array): Promise<{ offset: number }> {
  const status = await repository.send("GET", location);
  expect(status.status).toBe(204);
  const offset = Number(status.headers.get("oci-upload-offset"));
  for (let at = offset; at < bytes.length; at += chunk) expect((await patch(location, bytes, at)).status).toBe(202);
  return { offset };
}

async function finish(location: string, bytes: Uint8Array): Promise<void> {
  const digest = digestOf(bytes);
  expect((await repository.send("PUT", `${location}?digest=${digest}`)).status).toBe(201);
  const pulled = await repository.send("GET", `blobs/${digest}`);
  expect(digestOf(new Uint8Array(await pulled.arrayBuffer()))).toBe(digest);
}

describe("a server that is killed during a chunked push", () => {
  it.each([1, randomInt(2, chunks - 1), chunks])(
    "after %i chunks were acknowledged goes on with exactly these",
    async (sent) => {
      const bytes = randomContent(chunk * chunks - 7);
      const location = await repository.startUpload();
      for (let i = 0; i < sent; i++) expect((await patch(location, bytes, i * chunk)).status).toBe(202);
      await crashAndRestart();
      expect(await repository.head(`blobs/${digestOf(bytes)}`)).toBe(404);
      expect((await resume(location, bytes)).offset).toBe(Math.min(sent * chunk, bytes.length));
      await finish(location, bytes);
      expect(await storedFiles(registry.data, uploadOf(location))).toHaveLength(chunks);
    },
  );

  it.each([0, 2])(
    "in the middle of a chunk, after %i whole ones, keeps the whole ones and nothing of the half one",
    async (sent) => {
      const bytes = randomContent(chunk * chunks);
      const location = await repository.startUpload();
      for (let i = 0; i < sent; i++) await patch(location, bytes, i * chunk);
      const at = sent * chunk;
      const client = await BrokenClient.send(registry.url, {
        method: "PATCH",
        path: location,
        as: owner.session,
        headers: { "Content-Length": String(chunk), "Content-Range": `${at}-${at + chunk - 1}` },
      });
      await client.write(bytes.subarray(at, at + randomInt(1, chunk)));
      await crashAndRestart();
      client.vanish();
      expect((await resume(location, bytes)).offset).toBe(at);
      await finish(location, bytes);
      expect(await storedFiles(registry.data, uploadOf(location))).toHaveLength(chunks);
    },
  );

  it("in the middle of one streamed PATCH starts again from nothing", async () => {
    const bytes = randomContent(chunk);
    const location = await repository.startUpload();
    const headers = { "Transfer-Encoding": "chunked" };
    const client = await BrokenClient.send(registry.url, {
      method: "PATCH",
      path: location,
      as: owner.session,
      headers,
    });
    const half = bytes.subarray(0, chunk / 2);
    await client.write(`${half.length.toString(16)}\r\n`);
    await client.write(half);
    await crashAndRestart();
    client.vanish();
    expect((await resume(location, bytes)).offset).toBe(0);
    await finish(location, bytes);
  });

  it.each([1, 2, 3])("right after the final PUT was sent (%i): the same PUT again ends the upload", async () => {
    const bytes = randomContent(chunk * 2);
    const location = await repository.startUpload();
    for (let i = 0; i < 2; i++) await patch(location, bytes, i * chunk);
    const path = `${location}?digest=${digestOf(bytes)}`;
    const client = await BrokenClient.send(registry.url, {
      method: "PUT",
      path,
      as: owner.session,
      headers: { "Content-Length": "0" },
    });
    await crashAndRestart();
    client.vanish();
    // Either it was recorded in time or it was not; both are told, and both can be finished.
    expect([201, 204]).toContain((await repository.send("GET", location)).status);
    await finish(location, bytes);
    expect(await storedFiles(registry.data, uploadOf(location))).toHaveLength(2);
  });
});

describe("a server that is killed right after a publish was sent", () => {
  it.each([1, 2, 3])("has the version whole or not at all (%i), and publishing it again ends well", async () => {
    const module = Repository.fresh(api, owner);
    const manifest = await gatiModule(module, "1.0.0");
    const body = JSON.stringify(manifest);
    const client = await BrokenClient.send(registry.url, {
      method: "PUT",
      path: versionPath(module, "1.0.0"),
      as: owner.session,
      headers: { "Content-Type": "application/vnd.oci.image.manifest.v1+json", "Content-Length": String(body.length) },
    });
    await client.write(body);
    await crashAndRestart();
    client.vanish();
    const seen = await api.send("GET", versionPath(module, "1.0.0"), { as: owner.session });
    if (seen.status === 200)
      expect((await api.send("GET", `${versionPath(module, "1.0.0")}/download`)).status).toBe(200);
    else expect(seen.status).toBe(404);
    expect([200, 201]).toContain((await putVersion(module, "1.0.0", manifest)).status);
    expect(await module.tags()).toEqual(["1.0.0", "latest"]);
    expect((await module.send("HEAD", "manifests/1.0.0")).headers.get("docker-content-digest")).toBe(digestOf(body));
  });
});
