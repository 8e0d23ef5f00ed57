import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RestartableRegistry } from "../harness/registry-process.ts";
import { until } from "../harness/until.ts";
import { Api } from "../http/support/api.ts";
import { type Person, signUp } from "../http/support/people.ts";
import { digestOf, manifestType, randomContent, Repository, utf8 } from "../http/support/repository.ts";
import { BrokenClient } from "./broken-client.ts";
import { storedFiles, uploadOf } from "./stored-files.ts";

const bytes = randomContent(100_000);
let registry: RestartableRegistry;
let owner: Person;
let repository: Repository;

beforeAll(async () => {
  registry = await RestartableRegistry.start();
  const api = new Api(registry.url);
  owner = await signUp(api);
  repository = Repository.fresh(api, owner);
});
afterAll(() => registry.remove());

const open = (method: string, path: string, headers: Record<string, string>) =>
  BrokenClient.send(registry.url, { method, path, as: owner.session, headers });
const offset = async (location: string) => (await repository.send("GET", location)).headers.get("oci-upload-offset");

/** Both ways for a body to end too early, by both ways of framing it. */
const ways: [string, Record<string, string>, (client: BrokenClient) => Promise<unknown>][] = [
  [
    "stops half-way and says so, length stated",
    { "Content-Length": String(bytes.length) },
    (client) => client.finish(),
  ],
  ["vanishes, length stated", { "Content-Length": String(bytes.length) }, async (client) => client.vanish()],
  ["stops half-way and says so, length unknown", { "Transfer-Encoding": "chunked" }, (client) => client.finish()],
  ["vanishes, length unknown", { "Transfer-Encoding": "chunked" }, async (client) => client.vanish()],
];

async function sendHalf(client: BrokenClient, headers: Record<string, string>): Promise<void> {
  const half = bytes.subarray(0, bytes.length / 2);
  if (headers["Transfer-Encoding"]) await client.write(`${half.length.toString(16)}\r\n`);
  await client.write(half);
  if (headers["Transfer-Encoding"]) await client.write("\r\n");
}

describe.each(ways)("a client that %s", (_, headers, leave) => {
  it("during a PATCH leaves the upload where it was, without bytes, and can go on", async () => {
    const location = await repository.startUpload();
    const client = await open("PATCH", location, headers);
    await sendHalf(client, headers);
    await leave(client);
    expect(await offset(location)).toBe("0");
    expect((await repository.send("PATCH", location, { body: bytes })).status).toBe(202);
    expect((await repository.send("PUT", `${location}?digest=${digestOf(bytes)}`)).status).toBe(201);
    // What the broken request had stored is deleted when the upload ends, if not before.
    await until(
      "only the blob's own file is left",
      async () => (await storedFiles(registry.data, uploadOf(location))).length <= 1,
    );
  });

  it("during the final PUT ends nothing", async () => {
    const content = randomContent(bytes.length);
    const location = await repository.startUpload();
    const client = await open("PUT", `${location}?digest=${digestOf(content)}`, headers);
    await sendHalf(client, headers);
    await leave(client);
    expect(await repository.head(`blobs/${digestOf(content)}`)).toBe(404);
    expect((await repository.send("PUT", `${location}?digest=${digestOf(content)}`, { body: content })).status).toBe(
      201,
    );
  });

  it("during a POST that carries the whole blob stores nothing that can be seen", async () => {
    const content = randomContent(bytes.length);
    const before = await storedFiles(registry.data);
    const client = await open("POST", `/v2/${repository.name}/blobs/uploads/?digest=${digestOf(content)}`, headers);
    await sendHalf(client, headers);
    await leave(client);
    expect(await repository.head(`blobs/${digestOf(content)}`)).toBe(404);
    // Of unknown length it was an upload, whose expiry deletes what is left.
    if (headers["Content-Length"]) {
      await until(
        "the files are those from before",
        async () => (await storedFiles(registry.data)).join() === before.join(),
      );
    }
    expect(
      (await repository.send("POST", `blobs/uploads/?digest=${digestOf(content)}`, { body: content })).status,
    ).toBe(201);
  });

  it("during a manifest publishes nothing", async () => {
    const manifest = utf8(
      JSON.stringify({ ...(await repository.imageManifest()), annotations: { padding: "x".repeat(bytes.length) } }),
    );
    const sized = headers["Content-Length"] ? { "Content-Length": String(manifest.length) } : headers;
    const client = await open("PUT", `/v2/${repository.name}/manifests/half`, {
      ...sized,
      "Content-Type": manifestType,
    });
    const half = manifest.subarray(0, bytes.length / 2);
    if (headers["Transfer-Encoding"]) await client.write(`${half.length.toString(16)}\r\n`);
    await client.write(half);
    await leave(client);
    expect(await repository.head("manifests/half")).toBe(404);
    expect((await repository.putManifest("half", manifest)).status).toBe(201);
    await repository.send("DELETE", "manifests/half");
  });
});

describe("cancelling", () => {
  it("an upload deletes its files at once, also those of a client that is still sending", async () => {
    const location = await repository.startUpload();
    await repository.send("PATCH", location, { body: bytes, headers: { "Content-Range": `0-${bytes.length - 1}` } });
    expect(await storedFiles(registry.data, uploadOf(location))).toHaveLength(1);
    const client = await open("PATCH", location, { "Content-Length": String(bytes.length) });
    await sendHalf(client, {});
    expect((await repository.send("DELETE", location)).status).toBe(204);
    await client.write(bytes.subarray(bytes.length / 2));
    expect(await client.finish()).toBe(404);
    expect(await storedFiles(registry.data, uploadOf(location))).toEqual([]);
  });
});
