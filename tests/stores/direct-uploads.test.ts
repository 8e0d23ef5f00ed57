import { AwsClient } from "aws4fetch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Digest } from "../../core/digests.ts";
import type { Repository as RepositoryName } from "../../core/identifiers.ts";
import { bytesSource, createClient } from "../../packages/sdk/src/index.ts";
import { Api, authorization } from "../harness/api.ts";
import { makeKey, type Person, signUp } from "../http/support/people.ts";
import { digestOf, randomContent, Repository } from "../http/support/repository.ts";
import { S3Registry } from "./s3-registry.ts";

const mebibyte = 1024 * 1024;

interface Plan {
  readonly parts: readonly { number: number; offset: number; length: number; url: string }[];
}

let registry: S3Registry;
let api: Api;
let owner: Person;
let repository: Repository;

beforeAll(async () => {
  registry = await S3Registry.start();
  api = new Api(registry.url);
  owner = await signUp(api);
  repository = Repository.fresh(api, owner);
});
afterAll(() => registry.remove());

async function begin(by = repository): Promise<{ location: string; parts: string }> {
  const answer = await by.send("POST", "blobs/uploads/");
  expect(answer.status).toBe(202);
  return { location: answer.headers.get("location") ?? "", parts: answer.headers.get("gati-parts") ?? "" };
}

async function plan(parts: string, size: number, by = repository): Promise<Plan> {
  const answer = await by.send("POST", parts, { body: JSON.stringify({ size }) });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Plan;
}

/** Sends every part as a client does: to the address, with no other credential. */
async function sendParts({ parts }: Plan, bytes: Uint8Array): Promise<{ number: number; etag: string }[]> {
  return Promise.all(
    parts.map(async ({ number, offset, length, url }) => {
      const answer = await fetch(url, { method: "PUT", body: bytes.slice(offset, offset + length) });
      expect(answer.status).toBe(200);
      return { number, etag: answer.headers.get("etag") ?? "" };
    }),
  );
}

const complete = (parts: string, digest: string, sent: unknown, by = repository) =>
  by.send("POST", parts.replace("/parts", "/complete"), { body: JSON.stringify({ digest, parts: sent }) });

/** As clients do that follow the registry to its store. */
function pull(digest: string, headers: Record<string, string> = {}): Promise<Response> {
  const Authorization = authorization(owner.session);
  return fetch(`${registry.url}/v2/${repository.name}/blobs/${digest}`, { headers: { Authorization, ...headers } });
}

async function objects(upload: string): Promise<string[]> {
  const { endpoint, bucket, accessKeyId, secretAccessKey } = registry.s3;
  const client = new AwsClient({ accessKeyId, secretAccessKey, service: "s3", region: "auto" });
  const prefix = `blobs/${/[0-9a-f-]{36}/.exec(upload)?.[0]}/`;
  const listing = await client.fetch(`${endpoint}/${bucket}?list-type=2&prefix=${encodeURIComponent(prefix)}`);
  return [...(await listing.text()).matchAll(/<Key>([^<]*)<\/Key>/g)].map((match) => match[1] ?? "");
}

describe("a blob that its client sends to the store itself", () => {
  it("arrives in parts and is one blob, one object, served with ranges", async () => {
    const bytes = randomContent(40 * mebibyte + 3);
    const { location, parts } = await begin();
    const planned = await plan(parts, bytes.length);
    expect(planned.parts.map(({ offset, length }) => [offset, length])).toEqual([
      [0, 16 * mebibyte],
      [16 * mebibyte, 16 * mebibyte],
      [32 * mebibyte, 8 * mebibyte + 3],
    ]);
    const sent = await sendParts(planned, bytes);
    const digest = digestOf(bytes);
    expect(await repository.head(`blobs/${digest}`)).toBe(404);
    const done = await complete(parts, digest, sent);
    expect([done.status, done.headers.get("docker-content-digest")]).toEqual([201, digest]);
    const whole = await pull(digest);
    expect(digestOf(new Uint8Array(await whole.arrayBuffer()))).toBe(digest);
    const rest = await pull(digest, { Range: "bytes=41943040-" });
    expect(rest.status).toBe(206);
    expect(Buffer.from(await rest.arrayBuffer()).equals(bytes.subarray(40 * mebibyte))).toBe(true);
    expect(await objects(location)).toHaveLength(1);
  });

  it("is completed again when the answer was lost, also after a crash of the server", async () => {
    const bytes = randomContent(100);
    const { parts } = await begin();
    const sent = await sendParts(await plan(parts, bytes.length), bytes);
    await registry.crash();
    await registry.start();
    for (let i = 0; i < 2; i++) expect((await complete(parts, digestOf(bytes), sent)).status).toBe(201);
    expect(await repository.head(`blobs/${digestOf(bytes)}`)).toBe(200);
  });

  it("is completed several times at once, and its bytes stay", async () => {
    const bytes = randomContent(2 * mebibyte);
    const { location, parts } = await begin();
    const sent = await sendParts(await plan(parts, bytes.length), bytes);
    const digest = digestOf(bytes);
    const answers = await Promise.all(Array.from({ length: 4 }, () => complete(parts, digest, sent)));
    expect(answers.map((answer) => answer.status)).toEqual([201, 201, 201, 201]);
    expect(await objects(location)).toHaveLength(1);
    expect(digestOf(new Uint8Array(await (await pull(digest)).arrayBuffer()))).toBe(digest);
  });

  it("keeps its bytes when a wrong digest is claimed at the same time", async () => {
    for (let round = 0; round < 8; round++) {
      const bytes = randomContent(2 * mebibyte);
      const { location, parts } = await begin();
      const sent = await sendParts(await plan(parts, bytes.length), bytes);
      const digest = digestOf(bytes);
      const claimed = [digestOf("something else"), digest, digestOf("something else")];
      await Promise.all(claimed.map((claim) => complete(parts, claim, sent)));
      const recorded = (await repository.head(`blobs/${digest}`)) === 200;
      expect(await objects(location)).toHaveLength(recorded ? 1 : 0);
    }
  });

  it("with another digest is refused and leaves nothing; the same upload can be begun again", async () => {
    const bytes = randomContent(1000);
    const { location, parts } = await begin();
    const wrong = await complete(
      parts,
      digestOf("something else"),
      await sendParts(await plan(parts, bytes.length), bytes),
    );
    expect(wrong.status).toBe(400);
    expect(await wrong.json()).toMatchObject({ errors: [{ code: "DIGEST_INVALID" }] });
    expect(await objects(location)).toEqual([]);
    const sent = await sendParts(await plan(parts, bytes.length), bytes);
    expect((await complete(parts, digestOf(bytes), sent)).status).toBe(201);
  });

  it("of another size than announced is refused", async () => {
    const { location, parts } = await begin();
    const { parts: planned } = await plan(parts, 1000);
    const short = randomContent(999);
    const answer = await fetch(planned[0]?.url ?? "", { method: "PUT", body: short as BodyInit });
    const refused = await complete(parts, digestOf(short), [{ number: 1, etag: answer.headers.get("etag") }]);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ errors: [{ code: "SIZE_INVALID" }] });
    expect(await objects(location)).toEqual([]);
  });

  it("does not mix with bytes that come through the registry: whoever began last wins", async () => {
    const bytes = randomContent(1000);
    const { location, parts } = await begin();
    const sent = await sendParts(await plan(parts, bytes.length), bytes);
    const other = randomContent(500);
    expect((await repository.send("PATCH", location, { body: other })).status).toBe(202);
    const late = await complete(parts, digestOf(bytes), sent);
    expect(late.status).toBe(416);
    expect((await repository.send("PUT", `${location}?digest=${digestOf(other)}`)).status).toBe(201);
    expect(await repository.head(`blobs/${digestOf(bytes)}`)).toBe(404);
    expect(await objects(location)).toHaveLength(1);
  });

  it("that is cancelled frees its parts: their addresses stop working", async () => {
    const { location, parts } = await begin();
    const { parts: planned } = await plan(parts, 1000);
    const url = planned[0]?.url ?? "";
    expect((await fetch(url, { method: "PUT", body: randomContent(1000) as BodyInit })).status).toBe(200);
    expect((await repository.send("DELETE", location)).status).toBe(204);
    expect((await fetch(url, { method: "PUT", body: randomContent(1000) as BodyInit })).status).toBe(404);
  });

  it("belongs to the user who began it", async () => {
    const { parts } = await begin();
    const stranger = await signUp(api);
    const size = JSON.stringify({ size: 10 });
    expect((await repository.seenBy(stranger.session).send("POST", parts, { body: size })).status).toBe(403);
    expect((await repository.seenBy(undefined).send("POST", parts, { body: size })).status).toBe(401);
    const reader = await makeKey(api, owner, ["read"]);
    expect((await repository.seenBy(reader.as).send("POST", parts, { body: size })).status).toBe(401);
  });

  it.each([
    ["no JSON", "{"],
    ["no size", "{}"],
    ["a size of nothing", JSON.stringify({ size: 0 })],
    ["a size that no store takes", JSON.stringify({ size: 6 * 1024 ** 4 })],
  ])("is refused with %s, in the envelope of the protocol", async (_, body) => {
    const { parts } = await begin();
    const refused = await repository.send("POST", parts, { body });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ errors: [{ detail: { reason: "invalid_request" } }] });
  });

  it("cannot be completed without parts, or with parts that were never asked for", async () => {
    const { parts } = await begin();
    const none = await complete(parts, digestOf("x"), [{ number: 1, etag: "x" }]);
    expect([none.status, await none.json()]).toMatchObject([400, { errors: [{ code: "BLOB_UPLOAD_INVALID" }] }]);
  });
});

describe("a large download", () => {
  it("is sent for at the store, for whoever may read it and nobody else", async () => {
    const bytes = randomContent(2 * mebibyte);
    const { digest } = await repository.pushBlob(bytes);
    const ask = (by: Repository, method = "GET") => by.send(method, `blobs/${digest}`);
    const answer = await ask(repository);
    expect(answer.status).toBe(307);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(new URL(answer.headers.get("location") ?? "").origin).toBe(new URL(registry.s3.endpoint).origin);
    expect((await ask(repository, "HEAD")).status).toBe(200);
    expect((await ask(repository.seenBy(undefined))).status).toBe(401);
  });

  it("of a small blob comes straight from the registry", async () => {
    const { digest } = await repository.pushBlob(randomContent(1000));
    const answer = await repository.send("GET", `blobs/${digest}`);
    expect(answer.status).toBe(200);
  });
});

describe("the SDK", () => {
  /** A client that notes what it sends where. */
  async function noting(url: string, person: Person) {
    const sent: string[] = [];
    const { key } = await makeKey(new Api(url), person, ["publish"]);
    const client = createClient({
      registry: url,
      credential: key,
      retry: { sleep: async () => undefined },
      fetch: (input, init) => {
        const target = new URL(String(input));
        sent.push(`${init?.method} ${target.origin === new URL(url).origin ? "registry" : "store"}`);
        return fetch(input, init);
      },
    });
    return { client, sent };
  }

  it("sends large blobs in parallel parts to the store and small ones through the registry", async () => {
    const { client, sent } = await noting(registry.url, owner);
    const bytes = randomContent(20 * mebibyte);
    const digest = digestOf(bytes) as Digest;
    const name = repository.name as RepositoryName;
    const progress: number[] = [];
    await client.oci.uploadBlob(name, bytesSource(bytes), { digest, onProgress: (at) => progress.push(at) });
    expect(sent).toEqual(["POST registry", "POST registry", "PUT store", "PUT store", "POST registry"]);
    expect(progress.at(0)).toBe(0);
    expect(progress.at(-1)).toBe(bytes.length);
    expect(digestOf(await client.oci.readBlob(name, digest, { limit: bytes.length }))).toBe(digest);
    sent.length = 0;
    const small = randomContent(1000);
    await client.oci.uploadBlob(name, bytesSource(small), { digest: digestOf(small) as Digest });
    expect(sent.every((line) => line.endsWith("registry"))).toBe(true);
  });

  it("goes through the registry when the store cannot be reached from where it runs", async () => {
    const behind = await S3Registry.start({
      GATI_S3_PUBLIC_ENDPOINT: "http://127.0.0.1:9",
      GATI_REDIRECT_DOWNLOADS: "off",
    });
    try {
      const person = await signUp(new Api(behind.url));
      const { client, sent } = await noting(behind.url, person);
      const bytes = randomContent(20 * mebibyte);
      const digest = digestOf(bytes) as Digest;
      const name = `users/${person.handle}/far` as RepositoryName;
      await client.oci.uploadBlob(name, bytesSource(bytes), { digest });
      expect(sent.filter((line) => line === "PATCH registry")).toHaveLength(3);
      expect(digestOf(await client.oci.readBlob(name, digest, { limit: bytes.length }))).toBe(digest);
    } finally {
      await behind.remove();
    }
  });
});
