import { beforeAll, describe, expect, it } from "vitest";
import { shared } from "../support/api.ts";
import { expectProblem } from "../support/errors.ts";
import { publishModule, versionPath } from "../support/modules.ts";
import { makeOrganization, type Person, setVisibility, signUp, unique } from "../support/people.ts";
import { digestOf, manifestType, Repository } from "../support/repository.ts";

let owner: Person;
let repository: Repository;
let digests: Record<string, string>;
beforeAll(async () => {
  owner = await signUp(shared);
  repository = Repository.fresh(shared, owner);
  digests = {};
  for (const version of ["1.0.0", "1.2.0", "1.10.0", "2.0.0", "2.1.0", "3.0.0-rc.1", "3.0.0-rc.2"]) {
    digests[version] = (await publishModule(repository, version)).digest;
  }
  await shared.send("PUT", `${versionPath(repository, "2.1.0")}/deprecation`, {
    as: owner.session,
    json: { message: "no" },
  });
  await repository.pushImage("edge");
});

interface Resolution {
  readonly version: string | null;
  readonly digest: string;
  readonly state: string | null;
}
const path = (ref: string) => `/api/v1/resolve?ref=${encodeURIComponent(ref)}`;
const resolve = (ref: string) => shared.read<Resolution>("GET", path(ref));
const name = () => repository.name.split("/").slice(1).join("/");

describe("resolving a range", () => {
  it.each([
    ["^1", "1.10.0"],
    ["~1.2", "1.2.0"],
    ["1.x", "1.10.0"],
    ["1", "1.10.0"],
    [">=1.0.0 <1.10.0", "1.2.0"],
    ["1.0.0 - 1.2.0", "1.2.0"],
    ["^1 || ^2", "2.0.0"],
    ["*", "2.0.0"],
    [">=3.0.0-rc.0", "3.0.0-rc.2"],
    ["~3.0.0-rc.1", "3.0.0-rc.2"],
    ["^2.1.0", "2.1.0"],
    ["1.0.0", "1.0.0"],
  ])("%s is the highest version inside, prereleases and deprecated ones last: %s", async (range, version) => {
    expect(await resolve(`@${name()}@${range}`)).toMatchObject({ version, digest: digests[version] });
  });

  it("a deprecated version is chosen only when nothing else fits, and says so", async () => {
    expect(await resolve(`@${name()}@^2.1.0`)).toMatchObject({
      version: "2.1.0",
      state: "deprecated",
      deprecation: "no",
    });
    expect((await resolve(`@${name()}@^2`)).version).toBe("2.0.0");
    expect((await resolve(`@${name()}@2.1.0`)).version).toBe("2.1.0");
  });

  it.each(["^9", "3", ">2.1.0", "<1.0.0", "nosuchlabel", "9.9.9", "1.0.0-rc.1", "not a range", digestOf("nothing")])(
    "%s that nothing matches is 404 version_unknown",
    async (range) => {
      const problem = await expectProblem(
        await shared.send("GET", path(`@${name()}@${range}`)),
        404,
        "version_unknown",
      );
      expect(problem.details["selector"]).toBe(range);
    },
  );
});

describe("resolving a label or a digest", () => {
  it("without a selector is latest: the highest stable version that is not deprecated", async () => {
    const body = await resolve(name());
    expect(body).toEqual({
      namespace: `users/${owner.handle}`,
      name: repository.name.split("/")[2],
      repository: repository.name,
      type: "module-node",
      version: "2.0.0",
      digest: digests["2.0.0"],
      size: expect.any(Number),
      mediaType: manifestType,
      state: "published",
      deprecation: null,
      publishedAt: expect.any(String),
    });
    expect(await resolve(`${name()}@latest`)).toEqual(body);
  });

  it("of a label that is no version has no version", async () => {
    expect(await resolve(`${name()}:edge`)).toMatchObject({ version: null, state: null });
  });

  it("by digest finds the version", async () => {
    expect(await resolve(`${name()}@${digests["1.2.0"]}`)).toMatchObject({ version: "1.2.0" });
  });

  it("of content that is several versions is the highest of them, and the one asked for by name", async () => {
    const image = Repository.fresh(shared, owner);
    const manifest = await image.imageManifest();
    for (const version of ["1.0.0", "1.10.0", "1.9.0"]) await image.pushManifest(manifest, version);
    const ref = image.name.split("/").slice(1).join("/");
    expect((await resolve(ref)).version).toBe("1.10.0");
    expect((await resolve(`${ref}@1.9.0`)).version).toBe("1.9.0");
    expect((await resolve(`${ref}@^1`)).version).toBe("1.10.0");
    expect(await shared.read("GET", `/api/v1/artifacts/${image.name}`)).toMatchObject({
      labels: { latest: { version: "1.10.0" } },
    });
  });
});

describe("the ways of writing a reference", () => {
  it.each([
    (r: string) => r,
    (r: string) => `@${r}`,
    (r: string) => `users/${r}`,
    (r: string) => `gati.dev/users/${r}`,
    (r: string) => `localhost:8080/users/${r}`,
    (r: string) => ` ${r} `,
  ])("%s", async (write) => {
    expect((await resolve(write(`${name()}@1.2.0`))).version).toBe("1.2.0");
    expect((await resolve(write(`${name()}:1.2.0`))).version).toBe("1.2.0");
  });

  it("the short form finds organisations too", async () => {
    const organization = await makeOrganization(shared, owner);
    const mine = new Repository(shared, `orgs/${organization}/${unique("repo")}`, owner.session);
    await publishModule(mine, "1.0.0");
    expect(await resolve(mine.name.slice("orgs/".length))).toMatchObject({
      namespace: `orgs/${organization}`,
      version: "1.0.0",
    });
    await expectProblem(await shared.send("GET", path(mine.name.replace("orgs/", "users/"))), 404, "name_unknown");
  });

  it.each(["", "x", "@", "a/b/c/d", "a b/c", "users//x", "@a/b@", "../../etc/passwd"])("%j is 400", async (ref) => {
    await expectProblem(await shared.send("GET", path(ref)), 400, ref === "" ? "invalid_request" : "name_invalid");
  });

  it("no ref at all is 400 and names the field", async () => {
    const problem = await expectProblem(await shared.send("GET", "/api/v1/resolve"), 400, "invalid_request");
    expect(problem.details["issues"]).toEqual([{ field: "ref", problem: expect.any(String) }]);
  });
});

describe("resolving what is private", () => {
  it("answers outsiders as for what is not there", async () => {
    const hidden = Repository.fresh(shared, owner);
    await publishModule(hidden, "1.0.0");
    await setVisibility(shared, owner.session, `/api/v1/artifacts/${hidden.name}`, "private");
    const short = hidden.name.slice("users/".length);
    const details = [];
    for (const ref of [short, `${short}x`, `${unique("nobody")}/thing`]) {
      const problem = await expectProblem(await shared.send("GET", path(ref)), 404, "name_unknown");
      details.push(problem.detail.replace(ref, "REF"));
    }
    expect(new Set(details).size).toBe(1);
    expect(await shared.read("GET", path(short), { as: owner.session })).toMatchObject({ version: "1.0.0" });
  });
});
