import { request } from "node:http";
import { beforeAll, describe, expect, it } from "vitest";
import { authorization, shared } from "../support/api.ts";
import { expectOciError } from "../support/errors.ts";
import { type Person, signUp } from "../support/people.ts";
import { digestOf, randomContent, Repository } from "../support/repository.ts";

const bytes = randomContent(2048);
const digest = digestOf(bytes);
let owner: Person;
let repository: Repository;
/** The same bytes, uploaded in three chunks: stored in three pieces. */
let pieces: Repository;
beforeAll(async () => {
  owner = await signUp(shared);
  repository = Repository.fresh(shared, owner);
  await repository.pushBlob(bytes);
  pieces = Repository.fresh(shared, owner);
});

const get = (headers: Record<string, string> = {}, method = "GET") =>
  repository.send(method, `blobs/${digest}`, { headers });

/** Node's client, because fetch hides what really comes over the wire for HEAD. */
function rawHead(
  path: string,
): Promise<{ status: number | undefined; headers: Record<string, unknown>; body: number }> {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: authorization(owner.session) };
    request(new URL(path, shared.url), { method: "HEAD", headers }, (response) => {
      let body = 0;
      response.on("data", (chunk: Buffer) => (body += chunk.length));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
    })
      .on("error", reject)
      .end();
  });
}

describe("HEAD of a blob", () => {
  it("has the exact Content-Length, the digest and no body", async () => {
    const { status, headers, body } = await rawHead(`/v2/${repository.name}/blobs/${digest}`);
    expect({ status, body }).toEqual({ status: 200, body: 0 });
    expect(headers).toMatchObject({
      "content-length": "2048",
      "content-type": "application/octet-stream",
      "docker-content-digest": digest,
      "accept-ranges": "bytes",
      etag: `"${digest}"`,
    });
  });

  it("ignores Range, which is defined for GET only (RFC 9110, section 14.2)", async () => {
    const response = await get({ Range: "bytes=500-1499" }, "HEAD");
    expect([response.status, response.headers.get("content-length")]).toEqual([200, "2048"]);
  });

  it("of a missing blob is 404 with no body", async () => {
    const { status, body } = await rawHead(`/v2/${repository.name}/blobs/${digestOf("missing")}`);
    expect({ status, body }).toEqual({ status: 404, body: 0 });
  });
});

describe("a range of a blob", () => {
  const satisfiable: [string, number, number][] = [
    ["bytes=500-1499", 500, 1500],
    ["bytes=500-", 500, 2048],
    ["bytes=-500", 1548, 2048],
    ["bytes=2000-5000", 2000, 2048],
    ["bytes=-5000", 0, 2048],
    ["bytes=0-0", 0, 1],
    ["bytes=0-2047", 0, 2048],
    ["bytes=2047-2047", 2047, 2048],
  ];
  it.each(satisfiable)("%s is 206 with exactly these bytes", async (range, start, end) => {
    const response = await get({ Range: range });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-length")).toBe(String(end - start));
    expect(response.headers.get("content-range")).toBe(`bytes ${start}-${end - 1}/2048`);
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes.subarray(start, end))).toBe(true);
  });

  it.each(["bytes=500-0", "bytes=5000-10000", "bytes=2048-", "bytes=-0"])("%s is 416", async (range) => {
    await expectOciError(await get({ Range: range }), 416, "SIZE_INVALID");
  });

  it.each(["bytes=", "bytes=-", "lines=1-2", "bytes=0-1,5-6", "bytes=a-b", "nonsense"])(
    "%s is answered whole",
    async (range) => {
      const response = await get({ Range: range });
      expect([response.status, response.headers.get("content-length")]).toEqual([200, "2048"]);
      expect((await response.arrayBuffer()).byteLength).toBe(2048);
    },
  );

  it("counts only while If-Range names the blob", async () => {
    expect((await get({ Range: "bytes=0-9", "If-Range": `"${digest}"` })).status).toBe(206);
    expect((await get({ Range: "bytes=0-9", "If-Range": `"other"` })).status).toBe(200);
  });

  it("of the empty blob is 416, and the blob itself is 200", async () => {
    await repository.pushBlob(new Uint8Array(0));
    const path = `blobs/${digestOf("")}`;
    expect((await repository.send("GET", path, { headers: { Range: "bytes=0-" } })).status).toBe(416);
    expect((await repository.send("GET", path)).status).toBe(200);
  });
});

describe("a blob that was uploaded in chunks", () => {
  const content = randomContent(3000);
  const path = `blobs/${digestOf(content)}`;
  beforeAll(async () => {
    const location = await pieces.startUpload();
    for (const [start, end] of [
      [0, 1000],
      [1000, 1001],
      [1001, 3000],
    ] as const) {
      await pieces.send("PATCH", location, {
        body: content.subarray(start, end),
        headers: { "Content-Range": `${start}-${end - 1}` },
      });
    }
    expect((await pieces.send("PUT", `${location}?digest=${digestOf(content)}`)).status).toBe(201);
  });

  it.each([
    ["whole", undefined, 0, 3000],
    ["across every seam", "bytes=999-1002", 999, 1003],
    ["inside the first chunk", "bytes=10-20", 10, 21],
    ["exactly the second chunk", "bytes=1000-1000", 1000, 1001],
    ["the end", "bytes=-1999", 1001, 3000],
  ])("reads %s as it was", async (_, range, start, end) => {
    const response = await pieces.send("GET", path, range ? { headers: { Range: range } } : {});
    expect(response.headers.get("content-length")).toBe(String(end - start));
    expect(Buffer.from(await response.arrayBuffer()).equals(content.subarray(start, end))).toBe(true);
  });
});

describe("a conditional GET", () => {
  it.each([`"${digest}"`, `W/"${digest}"`, `"other", "${digest}"`, "*"])(
    "If-None-Match: %s is 304 without a body",
    async (tag) => {
      const response = await get({ "If-None-Match": tag });
      expect(response.status).toBe(304);
      expect(response.headers.get("etag")).toBe(`"${digest}"`);
      expect((await response.arrayBuffer()).byteLength).toBe(0);
      expect((await get({ "If-None-Match": tag }, "HEAD")).status).toBe(304);
    },
  );

  it.each([`"other"`, digest, "W/", '"', ","])("If-None-Match: %s is answered whole", async (tag) => {
    expect((await get({ "If-None-Match": tag })).status).toBe(200);
  });
});

describe("caches", () => {
  it("may keep a public blob for good, and never compress it on the way", async () => {
    await repository.pushManifest(await repository.imageManifest(bytes), "1.0.0");
    expect((await get()).headers.get("cache-control")).toBe("public, max-age=31536000, immutable, no-transform");
    const compressed = await get({ "Accept-Encoding": "gzip, br" });
    expect([compressed.headers.get("content-encoding"), compressed.headers.get("content-length")]).toEqual([
      null,
      "2048",
    ]);
  });
});
