import { beforeAll, describe, expect, it } from "vitest";
import { shared } from "../support/api.ts";
import { expectOciError } from "../support/errors.ts";
import {
  makeOrganization,
  type Person,
  registryToken,
  setRole,
  setVisibility,
  signUp,
  unique,
} from "../support/people.ts";
import { digestOf, randomContent, Repository } from "../support/repository.ts";

let owner: Person;
let stranger: Person;
let source: Repository;
let digest: string;
beforeAll(async () => {
  [owner, stranger] = await Promise.all([signUp(shared), signUp(shared)]);
  source = Repository.fresh(shared, owner);
  const content = randomContent(500);
  digest = digestOf(content);
  await source.pushImage("1.0.0", content);
});

const mount = (target: Repository, query: string) => target.send("POST", `blobs/uploads/?mount=${query}`);

async function expectUploadInstead(target: Repository, response: Response, blob = digest) {
  expect(response.status).toBe(202);
  expect(response.headers.get("location")).toMatch(/\/blobs\/uploads\//);
  expect(await target.head(`blobs/${blob}`)).toBe(404);
}

describe("mounting a blob", () => {
  it("from another repository of the caller is 201, and the blob is there without an upload", async () => {
    const target = Repository.fresh(shared, owner);
    const response = await mount(target, `${digest}&from=${source.name}`);
    expect(response.status).toBe(201);
    expect(response.headers.get("docker-content-digest")).toBe(digest);
    const pulled = await target.send("GET", response.headers.get("location") ?? "");
    expect(digestOf(new Uint8Array(await pulled.arrayBuffer()))).toBe(digest);
  });

  it("again is 201 again", async () => {
    const target = Repository.fresh(shared, owner);
    await mount(target, `${digest}&from=${source.name}`);
    expect((await mount(target, `${digest}&from=${source.name}`)).status).toBe(201);
  });

  it("from somebody else's public repository is 201", async () => {
    const target = Repository.fresh(shared, stranger);
    expect((await mount(target, `${digest}&from=${source.name}`)).status).toBe(201);
  });

  it("without from opens an upload: nothing is guessed", async () => {
    const target = Repository.fresh(shared, owner);
    await expectUploadInstead(target, await mount(target, digest));
  });

  it("that the source does not have opens an upload, which works", async () => {
    const target = Repository.fresh(shared, owner);
    const bytes = randomContent(50);
    const response = await mount(target, `${digestOf(bytes)}&from=${source.name}`);
    await expectUploadInstead(target, response, digestOf(bytes));
    const put = await target.send("PUT", `${response.headers.get("location")}?digest=${digestOf(bytes)}`, {
      body: bytes,
    });
    expect(put.status).toBe(201);
  });

  it.each(["users/nobody-has-this/repo", "library/busybox", "UPPER/case/name"])(
    "from %s, which is no repository here, opens an upload",
    async (from) => {
      const target = Repository.fresh(shared, owner);
      await expectUploadInstead(target, await mount(target, `${digest}&from=${encodeURIComponent(from)}`));
    },
  );

  it("with a digest that is none is 400 DIGEST_INVALID", async () => {
    await expectOciError(
      await mount(Repository.fresh(shared, owner), `sha256:abc&from=${source.name}`),
      400,
      "DIGEST_INVALID",
    );
  });
});

describe("mounting never opens what is private", () => {
  it("a private artifact of somebody else: 202, exactly as for a missing one", async () => {
    const hidden = Repository.fresh(shared, owner);
    const content = randomContent(64);
    await hidden.pushImage("1.0.0", content);
    await setVisibility(shared, owner.session, `/api/v1/artifacts/${hidden.name}`, "private");
    const target = Repository.fresh(shared, stranger);
    await expectUploadInstead(
      target,
      await mount(target, `${digestOf(content)}&from=${hidden.name}`),
      digestOf(content),
    );
    await expectUploadInstead(target, await mount(target, digestOf(content)), digestOf(content));
    // The owner still may.
    expect((await mount(Repository.fresh(shared, owner), `${digestOf(content)}&from=${hidden.name}`)).status).toBe(201);
  });

  it("a private namespace: 202 for outsiders, 201 for its readers", async () => {
    const organization = await makeOrganization(shared, owner);
    await setVisibility(shared, owner.session, `/api/v1/namespaces/orgs/${organization}`, "private");
    const hidden = new Repository(shared, `orgs/${organization}/${unique("repo")}`, owner.session);
    const content = randomContent(64);
    await hidden.pushBlob(content);
    const target = Repository.fresh(shared, stranger);
    await expectUploadInstead(
      target,
      await mount(target, `${digestOf(content)}&from=${hidden.name}`),
      digestOf(content),
    );
    await setRole(shared, owner, organization, stranger, "read");
    expect((await mount(target, `${digestOf(content)}&from=${hidden.name}`)).status).toBe(201);
  });

  it("a blob that was uploaded to somebody's repository but not published yet: 202", async () => {
    const unpublished = Repository.fresh(shared, owner);
    const content = randomContent(64);
    await unpublished.pushBlob(content);
    const target = Repository.fresh(shared, stranger);
    await expectUploadInstead(
      target,
      await mount(target, `${digestOf(content)}&from=${unpublished.name}`),
      digestOf(content),
    );
  });

  it("a token that covers only the target: 202, because the source was not granted", async () => {
    const hidden = Repository.fresh(shared, owner);
    const content = randomContent(64);
    await hidden.pushImage("1.0.0", content);
    await setVisibility(shared, owner.session, `/api/v1/artifacts/${hidden.name}`, "private");
    const target = Repository.fresh(shared, owner);
    const narrow = await registryToken(shared, [`repository:${target.name}:pull,push`], owner.session);
    await expectUploadInstead(
      target,
      await mount(target.seenBy(narrow), `${digestOf(content)}&from=${hidden.name}`),
      digestOf(content),
    );
    const wide = await registryToken(
      shared,
      [`repository:${target.name}:pull,push`, `repository:${hidden.name}:pull`],
      owner.session,
    );
    expect((await mount(target.seenBy(wide), `${digestOf(content)}&from=${hidden.name}`)).status).toBe(201);
  });

  it("into somebody else's repository is refused", async () => {
    const target = Repository.fresh(shared, owner).seenBy(stranger.session);
    await expectOciError(await mount(target, `${digest}&from=${source.name}`), 403, "DENIED");
  });
});
