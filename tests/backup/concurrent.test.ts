import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { publishModule, versionPath } from "../http/support/modules.ts";
import { makeOrganization, type Person, signUp } from "../http/support/people.ts";
import { Repository } from "../http/support/repository.ts";
import { removeFolder, Site, temporaryFolder } from "./support/backups.ts";

let source: Site;
let copy: Site;
let folder: string;

beforeAll(async () => {
  [source, copy, folder] = await Promise.all([Site.start(), Site.start(), temporaryFolder()]);
});

afterAll(async () => {
  await Promise.all([source.remove(), copy.remove(), removeFolder(folder)]);
});

interface Line {
  readonly repository: string;
  readonly versions: readonly { readonly version: string; readonly state: string; readonly digest: string }[];
}

it("what is published and unpublished during an export is in the backup whole or not at all", async () => {
  const stop = new AbortController();
  let published = 0;
  const publisher = async (person: Person): Promise<void> => {
    for (let round = 0; !stop.signal.aborted; round++) {
      // A new name in every round, and a new organisation in some: the export meets namespaces that it did not list.
      const handle = round % 3 === 2 ? await makeOrganization(source.api, person) : undefined;
      const namespace = handle ? `orgs/${handle}` : `users/${person.handle}`;
      const repository = new Repository(source.api, `${namespace}/tool-${round % 5}`, person.session);
      await publishModule(repository, `1.${round}.0`);
      published += 1;
      if (round % 4 === 3) {
        await repository.pushImage(`passing-${round}`);
        await source.api.send("DELETE", versionPath(repository, `1.${round}.0`), { as: person.session });
      }
      if (round % 10 === 9) await signUp(source.api);
    }
  };
  const people = await Promise.all([signUp(source.api), signUp(source.api)]);
  const publishers = people.map(publisher);
  try {
    for (let round = 0; round < 4; round++) {
      const before = published;
      const { lost } = await source.export(join(folder, "moving"));
      expect(lost).toEqual([]);
      expect(published).toBeGreaterThan(before);
    }
  } finally {
    stop.abort();
    await Promise.all(publishers);
  }

  await copy.import(join(folder, "moving"));
  expect((await copy.admin(["verify", "--deep"])).code).toBe(0);
  const lines = (await readFile(join(folder, "moving", "gati", "artifacts.jsonl"), "utf8")).trim().split("\n");
  let offered = 0;
  for (const { repository, versions } of lines.map((line) => JSON.parse(line) as Line)) {
    for (const { version, state, digest } of versions) {
      const answer = await copy.api.send("GET", `/v2/${repository}/manifests/${version}`);
      expect([repository, version, answer.status]).toEqual([repository, version, state === "unpublished" ? 404 : 200]);
      if (state === "unpublished") continue;
      offered += 1;
      expect(answer.headers.get("docker-content-digest")).toBe(digest);
      const { layers } = (await answer.json()) as { layers: { digest: string; size: number }[] };
      for (const layer of layers) {
        const blob = await copy.api.send("GET", `/v2/${repository}/blobs/${layer.digest}`);
        expect((await blob.arrayBuffer()).byteLength).toBe(layer.size);
      }
    }
  }
  expect(offered).toBeGreaterThan(10);
});
