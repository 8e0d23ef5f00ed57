import { beforeAll, describe, expect, it } from "vitest";
import { shared } from "../support/api.ts";
import { expectOciError } from "../support/errors.ts";
import { makeOrganization, type Person, setRole, signUp, unique } from "../support/people.ts";
import { digestOf, randomContent, Repository } from "../support/repository.ts";

let owner: Person;
let repository: Repository;
beforeAll(async () => {
  owner = await signUp(shared);
  repository = Repository.fresh(shared, owner);
});

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

describe("an upload", () => {
  it.each(["blobs/uploads/", "blobs/uploads"])(
    "opened at %s has a UUID in its Location, an empty Range and a chunk hint",
    async (path) => {
      const response = await repository.send("POST", path);
      expect(response.status).toBe(202);
      const location = response.headers.get("location") ?? "";
      expect(location).toMatch(uuid);
      expect(response.headers.get("docker-upload-uuid")).toBe(uuid.exec(location)?.[0]);
      expect(response.headers.get("range")).toBe("0-0");
      expect(response.headers.get("oci-upload-offset")).toBe("0");
      expect(Number(response.headers.get("oci-chunk-min-length"))).toBeGreaterThan(0);
      expect(response.headers.get("content-length")).toBe("0");
    },
  );

  it("tells one byte from none by its exact offset", async () => {
    const location = await repository.startUpload();
    await repository.send("PATCH", location, { body: "x", headers: { "Content-Range": "0-0" } });
    const status = await repository.send("GET", location);
    expect([status.status, status.headers.get("range"), status.headers.get("oci-upload-offset")]).toEqual([
      204,
      "0-0",
      "1",
    ]);
    expect(status.headers.get("location")).toBe(location);
  });

  it("accepts the Content-Range with a unit and total in front and behind", async () => {
    const location = await repository.startUpload();
    expect(
      (await repository.send("PATCH", location, { body: "abc", headers: { "Content-Range": "bytes 0-2/5" } })).status,
    ).toBe(202);
    expect(
      (await repository.send("PATCH", location, { body: "de", headers: { "Content-Range": "bytes 3-4/*" } })).status,
    ).toBe(202);
    expect((await repository.send("PUT", `${location}?digest=${digestOf("abcde")}`)).status).toBe(201);
  });

  it("takes an empty chunk as nothing", async () => {
    const location = await repository.startUpload();
    await repository.send("PATCH", location, { body: "abc", headers: { "Content-Range": "0-2" } });
    const empty = await repository.send("PATCH", location, { body: "", headers: { "Content-Range": "3-3" } });
    expect([empty.status, empty.headers.get("oci-upload-offset")]).toEqual([202, "3"]);
    expect((await repository.send("PUT", `${location}?digest=${digestOf("abc")}`)).status).toBe(201);
  });

  it("answers a repeated final PUT as the first", async () => {
    const bytes = randomContent(100);
    const location = await repository.startUpload();
    await repository.send("PATCH", location, { body: bytes });
    const put = () => repository.send("PUT", `${location}?digest=${digestOf(bytes)}`);
    const [first, second] = [await put(), await put()];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.headers.get("location")).toBe(first.headers.get("location"));
    const status = await repository.send("GET", location);
    expect([status.status, status.headers.get("location")]).toEqual([201, first.headers.get("location")]);
  });

  it("whose PUT carries everything is answered alike when that is repeated", async () => {
    const bytes = randomContent(100);
    const location = await repository.startUpload();
    const put = () => repository.send("PUT", `${location}?digest=${digestOf(bytes)}`, { body: bytes });
    const [first, second] = [await put(), await put()];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.headers.get("location")).toBe(first.headers.get("location"));
  });

  it("that is finished takes no other digest and no more bytes", async () => {
    const location = await repository.startUpload();
    const { headers } = await repository.send("PATCH", location, { body: "abc" });
    const onwards = headers.get("location") ?? "";
    await repository.send("PUT", `${onwards}?digest=${digestOf("abc")}`);
    await expectOciError(
      await repository.send("PUT", `${onwards}?digest=${digestOf("abcd")}`, { body: "abcd" }),
      404,
      "BLOB_UPLOAD_UNKNOWN",
    );
    await expectOciError(await repository.send("PATCH", location, { body: "d" }), 404, "BLOB_UPLOAD_UNKNOWN");
    await expectOciError(await repository.send("DELETE", location), 404, "BLOB_UPLOAD_UNKNOWN");
    expect(await repository.head(`blobs/${digestOf("abc")}`)).toBe(200);
  });

  it("that is cancelled is gone for every method", async () => {
    const location = await repository.startUpload();
    await repository.send("PATCH", location, { body: "abc" });
    expect((await repository.send("DELETE", location)).status).toBe(204);
    await expectOciError(await repository.send("GET", location), 404, "BLOB_UPLOAD_UNKNOWN");
    await expectOciError(await repository.send("PATCH", location, { body: "d" }), 404, "BLOB_UPLOAD_UNKNOWN");
    await expectOciError(
      await repository.send("PUT", `${location}?digest=${digestOf("abc")}`),
      404,
      "BLOB_UPLOAD_UNKNOWN",
    );
    await expectOciError(await repository.send("DELETE", location), 404, "BLOB_UPLOAD_UNKNOWN");
  });

  it.each(["00000000-0000-4000-8000-000000000000", "nonsense", "..%2F.."])(
    "%s that never was is 404 BLOB_UPLOAD_UNKNOWN",
    async (id) => {
      await expectOciError(await repository.send("GET", `blobs/uploads/${id}`), 404, "BLOB_UPLOAD_UNKNOWN");
      await expectOciError(
        await repository.send("PATCH", `blobs/uploads/${id}`, { body: "a" }),
        404,
        "BLOB_UPLOAD_UNKNOWN",
      );
      await expectOciError(
        await repository.send("PUT", `blobs/uploads/${id}?digest=${digestOf("a")}`, { body: "a" }),
        404,
        "BLOB_UPLOAD_UNKNOWN",
      );
      await expectOciError(await repository.send("DELETE", `blobs/uploads/${id}`), 404, "BLOB_UPLOAD_UNKNOWN");
    },
  );
});

describe("an upload belongs to the user and the repository that opened it", () => {
  it("another repository of the same user does not know it", async () => {
    const id = uuid.exec(await repository.startUpload())?.[0];
    const other = Repository.fresh(shared, owner);
    await expectOciError(await other.send("GET", `blobs/uploads/${id}`), 404, "BLOB_UPLOAD_UNKNOWN");
    await expectOciError(
      await other.send("PUT", `blobs/uploads/${id}?digest=${digestOf("a")}`, { body: "a" }),
      404,
      "BLOB_UPLOAD_UNKNOWN",
    );
  });

  it("another writer of the same repository does not know it", async () => {
    const organization = await makeOrganization(shared, owner);
    const colleague = await signUp(shared);
    await setRole(shared, owner, organization, colleague, "write");
    const mine = new Repository(shared, `orgs/${organization}/${unique("repo")}`, owner.session);
    const location = await mine.startUpload();
    const theirs = mine.seenBy(colleague.session);
    await expectOciError(await theirs.send("GET", location), 404, "BLOB_UPLOAD_UNKNOWN");
    await expectOciError(await theirs.send("PATCH", location, { body: "evil" }), 404, "BLOB_UPLOAD_UNKNOWN");
    await expectOciError(await theirs.send("DELETE", location), 404, "BLOB_UPLOAD_UNKNOWN");
    expect((await mine.send("GET", location)).headers.get("oci-upload-offset")).toBe("0");
  });
});
