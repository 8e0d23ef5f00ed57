import { beforeAll, describe, expect, it } from "vitest";
import { shared } from "../support/api.ts";
import { expectProblem } from "../support/errors.ts";
import { publishModule, versionPath } from "../support/modules.ts";
import { type Person, signUp } from "../support/people.ts";
import { digestOf, randomContent, Repository } from "../support/repository.ts";

const content = randomContent(5000);
const digest = digestOf(content);
let owner: Person;
let repository: Repository;
beforeAll(async () => {
  owner = await signUp(shared);
  repository = Repository.fresh(shared, owner);
  await publishModule(repository, "1.0.0", { content });
});

const download = (headers: Record<string, string> = {}, method = "GET", query = "") =>
  shared.send(method, `${versionPath(repository, "1.0.0")}/download${query}`, { headers });

describe("downloading a version", () => {
  it("has the layer's bytes, its digest and the file's name", async () => {
    const response = await download();
    const name = repository.name.split("/")[2];
    expect(response.status).toBe(200);
    expect(response.headers.get("content-length")).toBe("5000");
    expect(response.headers.get("gati-digest")).toBe(digest);
    expect(response.headers.get("etag")).toBe(`"${digest}"`);
    expect(response.headers.get("content-disposition")).toBe(
      `attachment; filename="${name}-1.0.0.tgz"; filename*=UTF-8''${name}-1.0.0.tgz`,
    );
    expect(response.headers.get("cache-control")).toBe("no-cache, no-transform");
    expect(digestOf(new Uint8Array(await response.arrayBuffer()))).toBe(digest);
  });

  it("HEAD has the same headers and no body", async () => {
    const response = await download({}, "HEAD");
    expect([response.status, response.headers.get("content-length"), response.headers.get("gati-digest")]).toEqual([
      200,
      "5000",
      digest,
    ]);
    expect((await response.arrayBuffer()).byteLength).toBe(0);
  });

  it("a range is 206, goes on where an interrupted download stopped, and 416 outside", async () => {
    const start = await download({ Range: "bytes=0-1233" });
    const rest = await download({ Range: "bytes=1234-", "If-Range": `"${digest}"` });
    expect([start.status, rest.status, rest.headers.get("content-range")]).toEqual([206, 206, "bytes 1234-4999/5000"]);
    const joined = Buffer.concat([Buffer.from(await start.arrayBuffer()), Buffer.from(await rest.arrayBuffer())]);
    expect(digestOf(joined)).toBe(digest);
    const problem = await expectProblem(await download({ Range: "bytes=5000-" }), 416, "range_unsatisfiable");
    expect(problem.details).toEqual({ size: 5000 });
  });

  it("with its ETag is 304 without a body", async () => {
    for (const method of ["GET", "HEAD"]) {
      const response = await download({ "If-None-Match": `"${digest}"` }, method);
      expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([304, 0]);
    }
  });

  it("?layer= chooses one of the layers and nothing else", async () => {
    expect((await download({}, "GET", `?layer=${digest}`)).status).toBe(200);
    await expectProblem(await download({}, "GET", `?layer=${digestOf("other")}`), 404, "blob_unknown");
    await expectProblem(await download({}, "GET", "?layer=nonsense"), 400, "digest_invalid");
  });

  it("with several layers must say which", async () => {
    const target = Repository.fresh(shared, owner);
    const layers = [await target.pushBlob(randomContent(10)), await target.pushBlob(randomContent(20))];
    await publishModule(target, "1.0.0", { layers });
    const path = `${versionPath(target, "1.0.0")}/download`;
    const problem = await expectProblem(await shared.send("GET", path), 400, "invalid_request");
    expect(problem.details["layers"]).toEqual(
      layers.map(({ digest: one, size, mediaType }) => ({ digest: one, size, mediaType })),
    );
    for (const layer of layers)
      expect((await shared.send("GET", `${path}?layer=${layer.digest}`)).headers.get("content-length")).toBe(
        String(layer.size),
      );
  });

  it("without layers has nothing to download: 400", async () => {
    const target = Repository.fresh(shared, owner);
    await publishModule(target, "1.0.0", { layers: [] });
    await expectProblem(await shared.send("GET", `${versionPath(target, "1.0.0")}/download`), 400, "invalid_request");
  });

  it.each([
    ["of a path", "../../../etc/passwd"],
    ["with a header in it", 'a"b\r\nSet-Cookie: x'],
    ["of another alphabet", "süß.tgz"],
    ["in folders", "a/b/c.tgz"],
    ["of a folder", "folder/"],
    ["with half a character", "\ud800"],
    ["whose last character is cut", `${"ß".repeat(199)}😀`],
    ["without end", "x".repeat(100_000)],
  ])("a title %s neither breaks out of the header nor breaks it", async (_, title) => {
    const target = Repository.fresh(shared, owner);
    const layer = {
      ...(await target.pushBlob(randomContent(10))),
      annotations: { "org.opencontainers.image.title": title },
    };
    await publishModule(target, "1.0.0", { layers: [layer] });
    const response = await shared.send("GET", `${versionPath(target, "1.0.0")}/download`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-disposition")).toMatch(
      /^attachment; filename="[\w.+-]+"; filename\*=UTF-8''[\w.%!~*'()-]+$/,
    );
    expect(response.headers.get("set-cookie")).toBeNull();
  });
});
