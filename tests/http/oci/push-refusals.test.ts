import { beforeAll, describe, expect, it } from "vitest";
import { shared } from "../support/api.ts";
import { expectOciError } from "../support/errors.ts";
import { signUp } from "../support/people.ts";
import { digestOf, randomContent, Repository, streamed } from "../support/repository.ts";

let repository: Repository;
beforeAll(async () => {
  repository = Repository.fresh(shared, await signUp(shared));
});

const bytes = randomContent(3000);
const wrong = digestOf("something else");
const chunk = (location: string, start: number, end: number) =>
  repository.send("PATCH", location, {
    body: bytes.subarray(start, end),
    headers: { "Content-Range": `${start}-${end - 1}` },
  });

async function expectNothingStored() {
  expect(await repository.head(`blobs/${wrong}`)).toBe(404);
}

describe("a digest that the bytes do not have is 400 DIGEST_INVALID", () => {
  it.each(["sha256", "sha512"] as const)("in one POST (%s)", async (algorithm) => {
    const digest = digestOf("something else", algorithm);
    const fault = await expectOciError(
      await repository.send("POST", `blobs/uploads/?digest=${digest}`, { body: bytes }),
      400,
      "DIGEST_INVALID",
    );
    expect(fault.detail).toMatchObject({
      reason: "digest_invalid",
      expected: digest,
      actual: digestOf(bytes, algorithm),
    });
    expect(await repository.head(`blobs/${digest}`)).toBe(404);
  });

  it("in a PUT that carries everything, and the upload stays usable", async () => {
    const location = await repository.startUpload();
    await expectOciError(
      await repository.send("PUT", `${location}?digest=${wrong}`, { body: bytes }),
      400,
      "DIGEST_INVALID",
    );
    await expectNothingStored();
    expect((await repository.send("GET", location)).headers.get("oci-upload-offset")).toBe("0");
    const again = await repository.send("PUT", `${location}?digest=${digestOf(bytes)}`, { body: bytes });
    expect(again.status).toBe(201);
  });

  it("after chunks, and the upload keeps them", async () => {
    const location = await repository.startUpload();
    await chunk(location, 0, 1500);
    await chunk(location, 1500, 3000);
    await expectOciError(await repository.send("PUT", `${location}?digest=${wrong}`), 400, "DIGEST_INVALID");
    expect((await repository.send("GET", location)).headers.get("range")).toBe("0-2999");
    expect((await repository.send("PUT", `${location}?digest=${digestOf(bytes)}`)).status).toBe(201);
  });

  it("with the last chunk in the PUT, whose bytes are then not part of the upload", async () => {
    const location = await repository.startUpload();
    await chunk(location, 0, 1500);
    const last = { body: bytes.subarray(1500), headers: { "Content-Range": "1500-2999" } };
    await expectOciError(await repository.send("PUT", `${location}?digest=${wrong}`, last), 400, "DIGEST_INVALID");
    expect((await repository.send("GET", location)).headers.get("range")).toBe("0-1499");
    expect((await repository.send("PUT", `${location}?digest=${digestOf(bytes)}`, last)).status).toBe(201);
  });

  it("after a streamed PATCH", async () => {
    const location = await repository.startUpload();
    await repository.send("PATCH", location, { body: streamed(bytes) });
    await expectOciError(await repository.send("PUT", `${location}?digest=${wrong}`), 400, "DIGEST_INVALID");
    await expectNothingStored();
    expect((await repository.send("PUT", `${location}?digest=${digestOf(bytes)}`)).status).toBe(201);
  });

  it("for the empty blob", async () => {
    const location = await repository.startUpload();
    await expectOciError(await repository.send("PUT", `${location}?digest=${wrong}`), 400, "DIGEST_INVALID");
    expect((await repository.send("PUT", `${location}?digest=${digestOf("")}`)).status).toBe(201);
  });
});

describe("a digest that is none is 400 DIGEST_INVALID", () => {
  it.each([
    "sha256:baddigeststring",
    "sha256:",
    `sha256:${"A".repeat(64)}`,
    `md5:${"a".repeat(32)}`,
    `sha512:${"a".repeat(64)}`,
    "nonsense",
  ])("%s", async (digest) => {
    const location = await repository.startUpload();
    await expectOciError(
      await repository.send("PUT", `${location}?digest=${digest}`, { body: bytes }),
      400,
      "DIGEST_INVALID",
    );
    await expectOciError(
      await repository.send("POST", `blobs/uploads/?digest=${digest}`, { body: bytes }),
      400,
      "DIGEST_INVALID",
    );
    await expectOciError(await repository.send("GET", `blobs/${digest}`), 400, "DIGEST_INVALID");
  });

  it("no digest at all", async () => {
    const location = await repository.startUpload();
    await expectOciError(await repository.send("PUT", location, { body: bytes }), 400, "DIGEST_INVALID");
  });

  it("an algorithm that the registry does not know, when an upload is opened", async () => {
    await expectOciError(
      await repository.send("POST", "blobs/uploads/?digest-algorithm=blake3"),
      400,
      "DIGEST_INVALID",
    );
  });
});

describe("a chunk that does not fit is refused and changes nothing", () => {
  it.each([
    ["PATCH ahead of the upload", 1000, 2000],
    ["PATCH behind the upload", 100, 200],
  ])("%s is 416 with the true Range, and the status is 204 with it", async (_, start, end) => {
    const location = await repository.startUpload();
    await chunk(location, 0, 500);
    const response = await chunk(location, start, end);
    expect(response.headers.get("range")).toBe("0-499");
    const fault = await expectOciError(response, 416, "BLOB_UPLOAD_INVALID");
    expect(fault.detail).toMatchObject({ reason: "range_invalid", offset: 500 });
    const status = await repository.send("GET", location);
    expect([status.status, status.headers.get("range")]).toEqual([204, "0-499"]);
    await chunk(location, 500, 3000);
    expect((await repository.send("PUT", `${location}?digest=${digestOf(bytes)}`)).status).toBe(201);
  });

  it("out of order on an empty upload is 416, and the status is 204 with Range 0-0 and offset 0", async () => {
    const location = await repository.startUpload();
    const response = await chunk(location, 10, 20);
    expect(response.headers.get("range")).toBe("0-0");
    await expectOciError(response, 416, "BLOB_UPLOAD_INVALID");
    const status = await repository.send("GET", location);
    expect([status.status, status.headers.get("range"), status.headers.get("oci-upload-offset")]).toEqual([
      204,
      "0-0",
      "0",
    ]);
  });

  it("out of order on the final PUT is 416", async () => {
    const location = await repository.startUpload();
    await chunk(location, 0, 500);
    const options = { body: bytes.subarray(1000), headers: { "Content-Range": "1000-2999" } };
    await expectOciError(
      await repository.send("PUT", `${location}?digest=${digestOf(bytes)}`, options),
      416,
      "BLOB_UPLOAD_INVALID",
    );
    expect((await repository.send("GET", location)).status).toBe(204);
  });

  it.each(["bytes=0-2999", "0-", "-2999", "a-b", "2999-0", "0-2999,5-6"])("Content-Range %s is 416", async (range) => {
    const location = await repository.startUpload();
    const response = await repository.send("PATCH", location, { body: bytes, headers: { "Content-Range": range } });
    await expectOciError(response, 416, "BLOB_UPLOAD_INVALID");
    expect((await repository.send("GET", location)).headers.get("oci-upload-offset")).toBe("0");
  });

  it.each([
    ["with a length", () => bytes as Uint8Array | AsyncIterable<Uint8Array>],
    ["of unknown length", () => streamed(bytes)],
  ])("Content-Range that promises another length than the body %s has is 400 SIZE_INVALID", async (_, body) => {
    const location = await repository.startUpload();
    const response = await repository.send("PATCH", location, { body: body(), headers: { "Content-Range": "0-4999" } });
    await expectOciError(response, 400, "SIZE_INVALID");
    expect((await repository.send("GET", location)).headers.get("oci-upload-offset")).toBe("0");
    await chunk(location, 0, 3000);
    expect((await repository.send("PUT", `${location}?digest=${digestOf(bytes)}`)).status).toBe(201);
  });
});

describe("a refusal reaches the client however much it was sending", () => {
  it.each([
    ["with its length", (body: Uint8Array) => body as Uint8Array | AsyncIterable<Uint8Array>],
    ["of unknown length", (body: Uint8Array) => streamed(body)],
  ])("a chunk of 8 MiB %s that does not fit is answered 416, every time", async (_, bodyOf) => {
    const location = await repository.startUpload();
    const body = new Uint8Array(8 * 1024 * 1024);
    const headers = { "Content-Range": `100-${100 + body.length - 1}` };
    for (let i = 0; i < 10; i++) {
      expect((await repository.send("PATCH", location, { body: bodyOf(body), headers })).status).toBe(416);
    }
  });
});
