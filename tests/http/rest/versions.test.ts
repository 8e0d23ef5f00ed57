import { beforeAll, describe, expect, it } from "vitest";
import { shared } from "../support/api.ts";
import { expectProblem } from "../support/errors.ts";
import { artifactPath, gatiModule, publishModule, putVersion, versionPath } from "../support/modules.ts";
import { type Person, setVisibility, signUp } from "../support/people.ts";
import { Repository } from "../support/repository.ts";

let owner: Person;
beforeAll(async () => {
  owner = await signUp(shared);
});

interface Version {
  readonly version: string;
  readonly state: string;
  readonly deprecation: string | null;
}

const list = async (repository: Repository) =>
  (await shared.read<{ versions: Version[] }>("GET", `${artifactPath(repository)}/versions`)).versions;
const latest = async (repository: Repository) =>
  (await shared.read<{ latest: string | null }>("GET", artifactPath(repository))).latest;
const deprecate = (repository: Repository, version: string, message: unknown) =>
  shared.send("PUT", `${versionPath(repository, version)}/deprecation`, { as: owner.session, json: { message } });
const undeprecate = (repository: Repository, version: string) =>
  shared.send("DELETE", `${versionPath(repository, version)}/deprecation`, { as: owner.session });
const unpublish = (repository: Repository, version: string) =>
  shared.send("DELETE", versionPath(repository, version), { as: owner.session });

async function withVersions(...versions: string[]): Promise<Repository> {
  const repository = Repository.fresh(shared, owner);
  for (const version of versions) await publishModule(repository, version);
  return repository;
}

describe("the list of versions", () => {
  it("is in semantic order, highest first", async () => {
    const repository = await withVersions("1.9.0", "1.10.0", "2.0.0-alpha.10", "2.0.0-alpha.9", "0.1.0");
    const versions = await list(repository);
    expect(versions.map((one) => one.version)).toEqual(["2.0.0-alpha.10", "2.0.0-alpha.9", "1.10.0", "1.9.0", "0.1.0"]);
    expect(versions[0]).toEqual({
      version: "2.0.0-alpha.10",
      digest: expect.stringMatching(/^sha256:/),
      size: expect.any(Number),
      state: "published",
      deprecation: null,
      publishedAt: expect.any(String),
      publishedBy: owner.handle,
      downloads: 0,
    });
  });

  it("of an artifact that is not there is 404", async () => {
    const repository = Repository.fresh(shared, owner);
    for (const as of [undefined, owner.session]) {
      await expectProblem(
        await shared.send("GET", `${artifactPath(repository)}/versions`, { as }),
        404,
        "name_unknown",
      );
      await expectProblem(await shared.send("GET", artifactPath(repository), { as }), 404, "name_unknown");
    }
  });
});

describe("unpublishing", () => {
  it("takes the version away everywhere, and its number for ever", async () => {
    const repository = Repository.fresh(shared, owner);
    const manifest = await gatiModule(repository, "2.0.0");
    await publishModule(repository, "1.0.0");
    const { digest } = (await (await putVersion(repository, "2.0.0", manifest)).json()) as { digest: string };
    const response = await unpublish(repository, "2.0.0");
    expect([response.status, await response.json()]).toEqual([200, { version: "2.0.0", state: "unpublished" }]);

    await expectProblem(await shared.send("GET", versionPath(repository, "2.0.0")), 410, "version_gone");
    await expectProblem(await shared.send("GET", `${versionPath(repository, "2.0.0")}/download`), 410, "version_gone");
    expect((await list(repository)).map((one) => one.version)).toEqual(["1.0.0"]);
    expect(await latest(repository)).toBe("1.0.0");
    expect([await repository.head("manifests/2.0.0"), await repository.head(`manifests/${digest}`)]).toEqual([
      404, 404,
    ]);

    await expectProblem(await putVersion(repository, "2.0.0", manifest), 410, "version_gone");
    await expectProblem(
      await putVersion(repository, "2.0.0", await gatiModule(repository, "2.0.0")),
      410,
      "version_gone",
    );
    await expectProblem(await unpublish(repository, "2.0.0"), 410, "version_gone");
    await expectProblem(await deprecate(repository, "2.0.0", "late"), 410, "version_gone");
  });

  it("the last version leaves the artifact without a latest one", async () => {
    const repository = await withVersions("1.0.0");
    await unpublish(repository, "1.0.0");
    expect(await shared.read("GET", artifactPath(repository))).toMatchObject({
      latest: null,
      versionCount: 0,
      labels: {},
    });
  });

  it("keeps content that a label still holds", async () => {
    const repository = Repository.fresh(shared, owner);
    const manifest = await repository.imageManifest();
    const { digest } = await repository.pushManifest(manifest, "1.0.0");
    await repository.pushManifest(manifest, "stable");
    await unpublish(repository, "1.0.0");
    expect(await repository.head(`manifests/${digest}`)).toBe(200);
    expect(await repository.head("manifests/stable")).toBe(200);
  });

  it("what was never there is 404, what cannot be is 400", async () => {
    const repository = await withVersions("1.0.0");
    await expectProblem(await unpublish(repository, "9.0.0"), 404, "version_unknown");
    await expectProblem(await unpublish(repository, "latest"), 400, "version_invalid");
    await expectProblem(await shared.send("GET", versionPath(repository, "9.0.0")), 404, "version_unknown");
  });
});

describe("deprecating", () => {
  it("marks the version with its message, keeps it working, and can be lifted", async () => {
    const repository = await withVersions("1.0.0");
    const response = await deprecate(repository, "1.0.0", " Use 2.0.0. ");
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { state: "deprecated", deprecation: "Use 2.0.0." },
    ]);
    expect((await list(repository))[0]).toMatchObject({ state: "deprecated", deprecation: "Use 2.0.0." });
    expect((await shared.send("GET", `${versionPath(repository, "1.0.0")}/download`)).status).toBe(200);
    const lifted = await undeprecate(repository, "1.0.0");
    expect([lifted.status, await lifted.json()]).toMatchObject([200, { state: "published", deprecation: null }]);
    expect((await undeprecate(repository, "1.0.0")).status).toBe(200);
  });

  it("moves latest to the highest version that is not deprecated, and back", async () => {
    const repository = await withVersions("1.0.0", "2.0.0");
    await deprecate(repository, "2.0.0", "broken");
    expect(await latest(repository)).toBe("1.0.0");
    await deprecate(repository, "1.0.0", "old");
    expect(await latest(repository)).toBe("2.0.0");
    await undeprecate(repository, "1.0.0");
    expect(await latest(repository)).toBe("1.0.0");
  });

  it.each(["", "   ", "x".repeat(1001), 7, null])("with the message %j is 400", async (message) => {
    await expectProblem(await deprecate(await withVersions("1.0.0"), "1.0.0", message), 400, "invalid_request");
  });

  it("a version that is not there is 404", async () => {
    await expectProblem(await deprecate(await withVersions("1.0.0"), "2.0.0", "x"), 404, "version_unknown");
  });
});

describe("a private artifact", () => {
  it("is answered to outsiders in the words for one that is not there, on every path", async () => {
    const repository = await withVersions("1.0.0");
    const missing = Repository.fresh(shared, owner);
    await setVisibility(shared, owner.session, artifactPath(repository), "private");
    const stranger = await signUp(shared);
    const paths = ["", "/versions", "/versions/1.0.0", "/versions/1.0.0/download"];
    for (const as of [undefined, stranger.session]) {
      for (const path of paths) {
        const hidden = await expectProblem(
          await shared.send("GET", artifactPath(repository) + path, { as }),
          404,
          "name_unknown",
        );
        const absent = await expectProblem(
          await shared.send("GET", artifactPath(missing) + path, { as }),
          404,
          "name_unknown",
        );
        expect(hidden.detail).toBe(absent.detail.replace(missing.name, repository.name));
      }
      const { artifacts } = await shared.read<{ artifacts: { repository: string }[] }>(
        "GET",
        "/api/v1/artifacts?limit=100",
        { as },
      );
      expect(artifacts.map((one) => one.repository)).not.toContain(repository.name);
    }
    for (const path of paths)
      expect((await shared.send("GET", artifactPath(repository) + path, { as: owner.session })).status).toBe(200);
  });

  it("is made public again by its owner, and by nobody else", async () => {
    const repository = await withVersions("1.0.0");
    const stranger = await signUp(shared);
    const change = (as = owner.session, visibility = "private") =>
      shared.send("PATCH", artifactPath(repository), { as, json: { visibility } });
    await expectProblem(await change(stranger.session), 403, "denied");
    await expectProblem(await change(owner.session, "secret"), 400, "invalid_request");
    expect(await (await change()).json()).toMatchObject({ visibility: "private" });
    expect((await shared.send("GET", artifactPath(repository))).status).toBe(404);
    expect((await change(owner.session, "public")).status).toBe(200);
    expect((await shared.send("GET", artifactPath(repository))).status).toBe(200);
  });
});
