import { beforeAll, describe, expect, it } from "vitest";
import { shared } from "../http/support/api.ts";
import { artifactPath, gatiModule, putVersion, versionPath } from "../http/support/modules.ts";
import { type Person, signUp } from "../http/support/people.ts";
import { digestOf, type Json, randomContent, Repository, streamed, utf8 } from "../http/support/repository.ts";

let owner: Person;
beforeAll(async () => {
  owner = await signUp(shared);
});

const many = <T>(count: number, make: (i: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, i) => make(i)));

describe("two hundred publishes of one version at once", () => {
  it("with different content: exactly one wins, everybody else is told who did, and every list agrees", async () => {
    const repository = Repository.fresh(shared, owner);
    const base = await gatiModule(repository, "1.0.0");
    const manifests: Json[] = Array.from({ length: 200 }, (_, i) => ({ ...base, annotations: { racer: String(i) } }));
    // Half of them over REST, half over OCI: it is one verb.
    const answers = await many(200, async (i) => {
      const manifest = manifests[i] as Json;
      const response = await (i % 2
        ? putVersion(repository, "1.0.0", manifest)
        : repository.putManifest("1.0.0", manifest));
      return { status: response.status, text: await response.text(), digest: digestOf(JSON.stringify(manifest)) };
    });
    const winners = answers.filter((answer) => answer.status === 201);
    expect(winners).toHaveLength(1);
    const winner = winners[0]?.digest;
    for (const answer of answers) {
      if (answer.status === 201) continue;
      expect([answer.status, answer.text.includes("version_exists"), answer.text.includes(String(winner))]).toEqual([
        409,
        true,
        true,
      ]);
    }
    expect((await repository.send("HEAD", "manifests/1.0.0")).headers.get("docker-content-digest")).toBe(winner);
    expect(await repository.tags()).toEqual(["1.0.0", "latest"]);
    expect(await shared.read("GET", versionPath(repository, "1.0.0"))).toMatchObject({ digest: winner });
    expect(await shared.read("GET", `${artifactPath(repository)}/versions`)).toMatchObject({
      versions: [{ version: "1.0.0", digest: winner }],
    });
    expect(await shared.read("GET", artifactPath(repository))).toMatchObject({
      versionCount: 1,
      labels: { latest: { digest: winner } },
    });
    for (const { digest } of answers)
      expect(await repository.head(`manifests/${digest}`)).toBe(digest === winner ? 200 : 404);
  });

  it("with the same content: all are answered as published", async () => {
    const repository = Repository.fresh(shared, owner);
    const manifest = await gatiModule(repository, "1.0.0");
    const statuses = await many(200, async () => (await putVersion(repository, "1.0.0", manifest)).status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 200)).toHaveLength(199);
  });
});

describe("publishes beside each other", () => {
  it("of different versions all stand, and latest is the highest of them", async () => {
    const repository = Repository.fresh(shared, owner);
    const manifests = await many(40, (i) => gatiModule(repository, `1.${i}.0`));
    const statuses = await many(
      40,
      async (i) => (await putVersion(repository, `1.${i}.0`, manifests[i] as Json)).status,
    );
    expect(new Set(statuses)).toEqual(new Set([201]));
    expect(await shared.read("GET", artifactPath(repository))).toMatchObject({ versionCount: 40, latest: "1.39.0" });
    expect(await shared.read("GET", `/api/v1/resolve?ref=${repository.name}`)).toMatchObject({ version: "1.39.0" });
  });

  it("and unpublishing of the same version never leave it half there", async () => {
    for (let round = 0; round < 10; round++) {
      const repository = Repository.fresh(shared, owner);
      const manifest = await gatiModule(repository, "1.0.0");
      await putVersion(repository, "1.0.0", manifest);
      await many(6, (i) =>
        i % 2
          ? putVersion(repository, "1.0.0", manifest)
          : shared.send("DELETE", versionPath(repository, "1.0.0"), { as: owner.session }),
      );
      expect((await shared.send("GET", versionPath(repository, "1.0.0"))).status).toBe(410);
      expect(await repository.tags()).toEqual([]);
      expect(await repository.head(`manifests/${digestOf(JSON.stringify(manifest))}`)).toBe(404);
    }
  });

  it("first pushes to a new name make one artifact", async () => {
    const repository = Repository.fresh(shared, owner);
    const base = await repository.imageManifest();
    const statuses = await many(
      30,
      async (i) => (await repository.putManifest(`label-${i}`, { ...base, annotations: { i: String(i) } })).status,
    );
    expect(new Set(statuses)).toEqual(new Set([201]));
    expect(await repository.tags()).toHaveLength(30);
  });
});

describe("two writers of one upload", () => {
  it("never mix their bytes: the result is the content of one of them", async () => {
    for (let round = 0; round < 15; round++) {
      const repository = Repository.fresh(shared, owner);
      const location = await repository.startUpload();
      const contents = [randomContent(50_000), randomContent(50_000)];
      const patches = await Promise.all(
        contents.map((bytes) =>
          repository.send("PATCH", location, {
            body: streamed(bytes, 5000),
            headers: { "Content-Range": `0-${bytes.length - 1}` },
          }),
        ),
      );
      const statuses = patches.map((response) => response.status).toSorted();
      expect(statuses).toEqual([202, 416]);
      const kept = contents[patches.findIndex((response) => response.status === 202)] as Uint8Array;
      const lost = contents[patches.findIndex((response) => response.status === 416)] as Uint8Array;
      expect((await repository.send("PUT", `${location}?digest=${digestOf(lost)}`)).status).toBe(400);
      expect((await repository.send("PUT", `${location}?digest=${digestOf(kept)}`)).status).toBe(201);
      const pulled = await repository.send("GET", `blobs/${digestOf(kept)}`);
      expect(digestOf(new Uint8Array(await pulled.arrayBuffer()))).toBe(digestOf(kept));
    }
  });
});

describe("identical uploads at once", () => {
  it("all end well, whichever way they go, and the content is right for each", async () => {
    for (let round = 0; round < 10; round++) {
      const bytes = randomContent(30_000);
      const digest = digestOf(bytes);
      const repositories = Array.from({ length: 6 }, () => Repository.fresh(shared, owner));
      const statuses = await Promise.all(
        repositories.map(async (repository, i) => {
          if (i % 3 === 0)
            return (await repository.send("POST", `blobs/uploads/?digest=${digest}`, { body: bytes })).status;
          const location = await repository.startUpload();
          if (i % 3 === 1)
            return (await repository.send("PUT", `${location}?digest=${digest}`, { body: streamed(bytes) })).status;
          const { headers } = await repository.send("PATCH", location, {
            body: bytes.subarray(0, 10_000),
            headers: { "Content-Range": "0-9999" },
          });
          const onwards = `${headers.get("location")}?digest=${digest}`;
          return (await repository.send("PUT", onwards, { body: bytes.subarray(10_000) })).status;
        }),
      );
      expect(new Set(statuses)).toEqual(new Set([201]));
      for (const repository of repositories) {
        const pulled = await repository.send("GET", `blobs/${digest}`);
        expect(digestOf(new Uint8Array(await pulled.arrayBuffer()))).toBe(digest);
      }
    }
  });
});

describe("deleting beside publishing", () => {
  it("a published manifest always has its blobs, whoever deletes them meanwhile", async () => {
    for (let round = 0; round < 15; round++) {
      const repository = Repository.fresh(shared, owner);
      const layer = await repository.pushBlob(randomContent(100));
      const manifest = { ...(await repository.imageManifest()), layers: [layer] };
      const [published] = await Promise.all([
        repository.putManifest("1.0.0", utf8(JSON.stringify(manifest))),
        repository.send("DELETE", `blobs/${layer.digest}`),
        repository.send("DELETE", `blobs/${layer.digest}`),
      ]);
      if (published.status === 201) expect(await repository.head(`blobs/${layer.digest}`)).toBe(200);
      else expect(published.status).toBe(404);
    }
  });
});
