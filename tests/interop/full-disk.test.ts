import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Api } from "../harness/api.ts";
import { type RegistryProcess, spawnRegistry, testOperator } from "../harness/registry-process.ts";
import { until } from "../harness/until.ts";
import { expectOciError } from "../http/support/errors.ts";
import { signUp } from "../http/support/people.ts";
import { digestOf, indexType, randomContent, Repository, streamed, utf8 } from "../http/support/repository.ts";
import { SmallDisk } from "./support/small-disk.ts";

const diskSize = 96 * 1024 * 1024;
const tooLarge = randomContent(diskSize);
const fitting = randomContent(1_000_000);

let disk: SmallDisk;
let server: RegistryProcess;
let api: Api;
let repository: Repository;
/** What was acknowledged, and has to be there to the end. */
const tags = new Map<string, string>();
const blobs = new Set<string>();

async function start(): Promise<void> {
  const port = server ? Number(new URL(server.url).port) : 0;
  const env = { GATI_ADMIN_HANDLE: testOperator.handle, GATI_ADMIN_PASSWORD: testOperator.password };
  server = await spawnRegistry({ data: join(disk.folder, "data"), port, env });
}

async function publish(tag: string): Promise<void> {
  tags.set(tag, (await repository.pushImage(tag)).digest);
}

beforeAll(async () => {
  disk = new SmallDisk(diskSize);
  await start();
  api = new Api(server.url);
  repository = Repository.fresh(api, await signUp(api));
  await publish("before");
});
afterAll(async () => {
  await server?.stop();
  disk?.remove();
});

async function expectEverything(): Promise<void> {
  for (const [tag, digest] of tags) {
    const response = await repository.send("GET", `manifests/${tag}`);
    expect([tag, digestOf(new Uint8Array(await response.arrayBuffer()))]).toEqual([tag, digest]);
  }
  for (const digest of blobs) {
    const response = await repository.send("GET", `blobs/${digest}`);
    expect(digestOf(new Uint8Array(await response.arrayBuffer()))).toBe(digest);
  }
}

/** The registry's check of itself finds nothing but bytes of requests that have just failed. */
async function expectClean(): Promise<void> {
  const { token } = await api.read<{ token: string }>("POST", "/api/v1/auth/sign-in", { json: testOperator });
  type Page = { cursor: string | null; findings: { kind: string }[] };
  let cursor: string | null | undefined;
  do {
    const json = { deep: true, ...(cursor ? { cursor } : {}) };
    const page: Page = await api.read("POST", "/api/v1/admin/verify", { as: { bearer: token }, json });
    expect(page.findings.filter(({ kind }) => kind !== "object_recent")).toEqual([]);
    cursor = page.cursor;
  } while (cursor !== null);
}

/** Every way to push a blob; resolves with the first answer that is no success, or the last. */
const ways: Record<string, (bytes: Uint8Array) => Promise<Response>> = {
  "one POST": (bytes) => repository.send("POST", `blobs/uploads/?digest=${digestOf(bytes)}`, { body: bytes }),
  "one POST of unknown length": (bytes) =>
    repository.send("POST", `blobs/uploads/?digest=${digestOf(bytes)}`, { body: streamed(bytes) }),
  "a streamed PATCH": (bytes) => patched(bytes, () => streamed(bytes), {}),
  "a chunk": (bytes) => patched(bytes, () => bytes, { "Content-Range": `0-${bytes.length - 1}` }),
};

async function patched(
  bytes: Uint8Array,
  body: () => Uint8Array | AsyncIterable<Uint8Array>,
  headers: Record<string, string>,
): Promise<Response> {
  const location = await repository.startUpload();
  const response = await repository.send("PATCH", location, { body: body(), headers });
  if (response.status !== 202) return response;
  return repository.send("PUT", `${location}?digest=${digestOf(bytes)}`);
}

describe("a blob that the disk has no room for", () => {
  it.each(Object.entries(ways))("by %s is told so, and costs nobody else anything", async (_, push) => {
    const fault = await expectOciError(await push(tooLarge), 503, "UNKNOWN");
    expect(fault.message).toMatch(/disk.*full.*make room/);
    await expectEverything();
    // The room that the failed push had taken is free again.
    const response = await push(fitting);
    expect(response.status).toBe(201);
    blobs.add(digestOf(fitting));
    await repository.send("DELETE", `blobs/${digestOf(fitting)}`);
    blobs.clear();
  });
});

describe("a disk without a single byte", () => {
  it("fails writes in the envelope of the protocol, keeps the server alive, and loses nothing", async () => {
    disk.fill();
    for (let round = 0; round < 3; round++) {
      const manifest = { ...(JSON.parse(emptyIndex) as object), annotations: { round: String(round) } };
      const attempts = [
        repository.send("POST", "blobs/uploads/"),
        repository.send("POST", `blobs/uploads/?digest=${digestOf(fitting)}`, { body: fitting }),
        repository.putManifest(`full-${round}`, utf8(JSON.stringify(manifest)), indexType),
      ];
      for (const response of await Promise.all(attempts)) {
        const { status } = response;
        expect([500, 503]).toContain(status);
        const { message } = await expectOciError(response, status, "UNKNOWN");
        expect(message).toMatch(/Repeat|Ask/i);
      }
    }
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    expect((await fetch(`${server.url}/ready`)).status).toBe(503);

    disk.makeRoom();
    await until("it is ready", async () => (await fetch(`${server.url}/ready`)).status === 200);
    await expectEverything();
    for (const push of Object.values(ways)) expect((await push(fitting)).status).toBe(201);
    blobs.add(digestOf(fitting));
    await publish("after");
    // A publish that was not answered may have happened or not; publishing again decides it.
    for (let round = 0; round < 3; round++) await publish(`full-${round}`);
    await expectEverything();
    await expectClean();
  });

  it("and a crash on it lose nothing either", async () => {
    disk.fill();
    await repository.putManifest("crashed", utf8(emptyIndex), indexType);
    await server.kill();
    disk.makeRoom();
    await start();
    await expectEverything();
    await expectClean();
  });
});

const emptyIndex = JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests: [] });
