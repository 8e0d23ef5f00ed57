import { beforeAll, describe, expect, it } from "vitest";
import { shared } from "../support/api.ts";
import { type Person, signUp } from "../support/people.ts";
import { type Algorithm, digestOf, randomContent, Repository, streamed } from "../support/repository.ts";

let owner: Person;
let repository: Repository;
beforeAll(async () => {
  owner = await signUp(shared);
  repository = Repository.fresh(shared, owner);
});

type Push = (bytes: Uint8Array, digest: string, algorithm: Algorithm) => Promise<Response>;

const withDigest = (location: string, digest: string) =>
  `${location}${location.includes("?") ? "&" : "?"}digest=${digest}`;

/** PATCHes `bytes` in chunks of `size` with Content-Range, checks each answer, and returns the last Location. */
async function patchInChunks(bytes: Uint8Array, size: number, query = ""): Promise<string> {
  let location = await repository.startUpload(query);
  for (let start = 0; start < bytes.length; start += size) {
    const body = bytes.subarray(start, start + size);
    const end = start + body.length - 1;
    const response = await repository.send("PATCH", location, {
      body,
      headers: { "Content-Range": `${start}-${end}` },
    });
    expect(response.status).toBe(202);
    expect(response.headers.get("range")).toBe(`0-${end}`);
    expect(response.headers.get("oci-upload-offset")).toBe(String(end + 1));
    location = response.headers.get("location") ?? "";
  }
  return location;
}

const finish = async (location: string, digest: string, options = {}) =>
  repository.send("PUT", withDigest(location, digest), options);

const modes: Record<string, Push> = {
  "one POST": (body, digest) => repository.send("POST", `blobs/uploads/?digest=${digest}`, { body }),
  "one POST of unknown length": (bytes, digest) =>
    repository.send("POST", `blobs/uploads/?digest=${digest}`, { body: streamed(bytes) }),
  "POST, then one PUT": async (body, digest) => finish(await repository.startUpload(), digest, { body }),
  "POST, then one PUT of unknown length": async (bytes, digest) =>
    finish(await repository.startUpload(), digest, { body: streamed(bytes) }),
  "one chunk": async (bytes, digest) => finish(await patchInChunks(bytes, bytes.length), digest),
  "three chunks": async (bytes, digest) => finish(await patchInChunks(bytes, Math.floor(bytes.length / 3) + 1), digest),
  "eleven chunks": async (bytes, digest) => finish(await patchInChunks(bytes, Math.ceil(bytes.length / 11)), digest),
  "chunks, the last one in the PUT": async (bytes, digest) => {
    const cut = Math.floor(bytes.length / 3) * 2;
    const location = await patchInChunks(bytes.subarray(0, cut), cut / 2);
    const headers = { "Content-Range": `${cut}-${bytes.length - 1}` };
    return finish(location, digest, { body: bytes.subarray(cut), headers });
  },
  "one streamed PATCH without Content-Range (skopeo)": async (body, digest) => {
    const patched = await repository.send("PATCH", await repository.startUpload(), { body });
    expect(patched.status).toBe(202);
    return finish(patched.headers.get("location") ?? "", digest);
  },
  "one streamed PATCH of unknown length, then a PUT whose empty body is chunked (docker)": async (bytes, digest) => {
    const patched = await repository.send("PATCH", await repository.startUpload(), { body: streamed(bytes) });
    expect(patched.status).toBe(202);
    expect(patched.headers.get("range")).toBe(`0-${bytes.length - 1}`);
    return finish(patched.headers.get("location") ?? "", digest, { body: streamed(new Uint8Array(0)) });
  },
  "two streamed PATCHes without Content-Range": async (bytes, digest) => {
    const location = await repository.startUpload();
    await repository.send("PATCH", location, { body: streamed(bytes.subarray(0, 1000)) });
    await repository.send("PATCH", location, { body: streamed(bytes.subarray(1000)) });
    return finish(location, digest);
  },
  "digest-algorithm announced, streamed PATCH": async (bytes, digest, algorithm) => {
    const location = await repository.startUpload(`?digest-algorithm=${algorithm}`);
    expect((await repository.send("PATCH", location, { body: streamed(bytes) })).status).toBe(202);
    return finish(location, digest);
  },
  "digest-algorithm announced, two chunks": async (bytes, digest, algorithm) =>
    finish(await patchInChunks(bytes, Math.ceil(bytes.length / 2), `?digest-algorithm=${algorithm}`), digest),
  "digest-algorithm announced, but the digest is of the other one": async (bytes, digest, algorithm) => {
    const other = algorithm === "sha256" ? "sha512" : "sha256";
    const location = await repository.startUpload(`?digest-algorithm=${other}`);
    expect((await repository.send("PATCH", location, { body: streamed(bytes) })).status).toBe(202);
    return finish(location, digest);
  },
};

describe.each(["sha256", "sha512"] as const)("pushing a blob by its %s", (algorithm) => {
  it.each(Object.keys(modes))("%s: the blob comes back byte for byte", async (mode) => {
    const bytes = randomContent(6007);
    const digest = digestOf(bytes, algorithm);
    expect(await repository.head(`blobs/${digest}`)).toBe(404);

    const pushed = await (modes[mode] as Push)(bytes, digest, algorithm);
    expect(pushed.status).toBe(201);
    expect(pushed.headers.get("docker-content-digest")).toBe(digest);

    const pulled = await repository.send("GET", pushed.headers.get("location") ?? "");
    expect(pulled.status).toBe(200);
    expect(pulled.headers.get("docker-content-digest")).toBe(digest);
    expect(Buffer.from(await pulled.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it.each([
    ["one POST", (digest: string) => repository.send("POST", `blobs/uploads/?digest=${digest}`, { body: "" })],
    ["POST, then an empty PUT", async (digest: string) => finish(await repository.startUpload(), digest)],
    [
      "POST, then a PUT whose empty body is chunked",
      async (digest: string) => finish(await repository.startUpload(), digest, { body: streamed(new Uint8Array(0)) }),
    ],
    [
      "an empty PATCH, then a PUT",
      async (digest: string) => {
        const location = await repository.startUpload();
        expect((await repository.send("PATCH", location, { body: streamed(new Uint8Array(0)) })).status).toBe(202);
        return finish(location, digest);
      },
    ],
  ])("the empty blob by %s is there and empty", async (_, push) => {
    // Each way has a repository of its own, where the empty blob is not there yet.
    repository = Repository.fresh(shared, owner);
    const digest = digestOf("", algorithm);
    expect(await repository.head(`blobs/${digest}`)).toBe(404);
    expect((await push(digest)).status).toBe(201);
    const pulled = await repository.send("GET", `blobs/${digest}`);
    expect(pulled.status).toBe(200);
    expect(pulled.headers.get("content-length")).toBe("0");
    expect((await pulled.arrayBuffer()).byteLength).toBe(0);
  });
});

describe("a blob larger than one stored part", () => {
  it.each([
    ["streamed with unknown length", (bytes: Uint8Array) => streamed(bytes, 1024 * 1024)],
    ["sent with its length", (bytes: Uint8Array) => bytes],
  ])("%s keeps its digest and every range of it", async (_, bodyOf) => {
    const bytes = randomContent(17 * 1024 * 1024 + 5);
    const digest = digestOf(bytes);
    const location = await repository.startUpload();
    expect((await repository.send("PATCH", location, { body: bodyOf(bytes) })).status).toBe(202);
    expect((await finish(location, digest)).status).toBe(201);
    const seam = 8 * 1024 * 1024;
    const part = await repository.send("GET", `blobs/${digest}`, {
      headers: { Range: `bytes=${seam - 3}-${seam + 3}` },
    });
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(seam - 3, seam + 4))).toBe(true);
    const whole = new Uint8Array(await (await repository.send("GET", `blobs/${digest}`)).arrayBuffer());
    expect(digestOf(whole)).toBe(digest);
  });
});
