import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../harness/until.ts";
import { randomContent, Repository } from "../http/support/repository.ts";
import { answerOf, signInAs } from "./support/answers.ts";
import { contentsOf, removeFolder, Site, temporaryFolder } from "./support/backups.ts";
import { fillRegistry, type RegistryContent } from "./support/registry-content.ts";

let source: Site;
let folder: string;
let content: RegistryContent;

beforeAll(async () => {
  [source, folder] = await Promise.all([Site.start(), temporaryFolder()]);
  content = await fillRegistry(source.api);
  const { owner } = content;
  const repository = new Repository(source.api, `users/${owner.handle}/heavy`, owner.session);
  for (let blob = 0; blob < 2; blob++) await repository.pushImage(`part-${blob}`, randomContent(25_000_000));
  // A log of several pages, and labels that moved away from most of its manifests.
  const manifest = await repository.imageManifest();
  const filler = "x".repeat(15_000);
  for (let push = 0; push < 250; push++) {
    const annotations = { "example.number": String(push), "example.filler": filler };
    await repository.pushManifest({ ...manifest, annotations }, `label-${push % 7}`);
  }
  await source.export(join(folder, "backup"));
});

afterAll(async () => {
  await Promise.all([source.remove(), removeFolder(folder)]);
});

/** Everything that strangers and the owner are told. */
async function expectCopy(copy: Site): Promise<void> {
  const [there, here] = await Promise.all([source, copy].map((site) => signInAs(site.api, content.owner)));
  for (const path of content.paths) {
    expect(await answerOf(copy.api, path, here)).toEqual(await answerOf(source.api, path, there));
    expect(await answerOf(copy.api, path, undefined)).toEqual(await answerOf(source.api, path, undefined));
  }
}

/** The address that the server was asked for last, out of its log. */
const requests = async (site: Site): Promise<string[]> => {
  const files = await contentsOf(join(site.registry.data, "logs"));
  return [...files.values()]
    .join("")
    .split("\n")
    .filter((line) => line.includes('"/api/v1/admin/imports/'));
};

/** Points of an import at which something dies, by what the server was asked for. */
const moments = {
  "while blobs come in": /"PATCH"/,
  "when the accounts are in": /records\/(users|namespaces)"/,
  "while logs come in": /logs\//,
  "when who may write comes in": /records\/(members|links)"/,
};

describe("an import goes on when it is run again", () => {
  it.each<["client" | "server", keyof typeof moments]>([
    ["client", "while blobs come in"],
    ["client", "while logs come in"],
    ["server", "while blobs come in"],
    ["server", "when the accounts are in"],
    ["server", "while logs come in"],
    ["server", "when who may write comes in"],
  ])("after the %s was killed %s", async (victim, moment) => {
    const copy = await Site.start();
    try {
      let kill = (): void => undefined;
      const running = copy.admin(["import", join(folder, "backup")], { onStart: (end) => (kill = end) });
      let ended = false;
      void running.finally(() => (ended = true));
      const reached = async () => (await requests(copy)).some((line) => moments[moment].test(line));
      await until("the moment", async () => ended || (await reached()));
      if (victim === "server") await copy.registry.crash();
      kill();
      await running;
      if (victim === "server") await copy.registry.start();
      const { status } = await copy.import(join(folder, "backup"));
      // The later moments are short: then it may have been done just before.
      if (moment === "while blobs come in") expect(status).toBe("imported");
      expect(status).toMatch(/^imported/);
      await expectCopy(copy);
      expect((await copy.admin(["verify", "--deep"])).code).toBe(0);
    } finally {
      await copy.remove();
    }
  });
});

describe("an export", () => {
  it("whose client is killed goes on with what it has", async () => {
    const target = join(folder, "killed");
    let kill = (): void => undefined;
    const running = source.admin(["export", target], { onStart: (end) => (kill = end) });
    const finished = async () => {
      const names = await readdir(join(target, "blobs", "sha256")).catch(() => []);
      return names.filter((name) => !name.includes("."));
    };
    await until("the first blobs", async () => (await finished()).length > 3);
    kill();
    await running;
    const writtenAt = async (name: string) => (await stat(join(target, "blobs", "sha256", name))).mtimeMs;
    const before = await Promise.all((await finished()).map(async (name) => ({ name, at: await writtenAt(name) })));
    await source.export(target);
    for (const { name, at } of before) expect({ name, at: await writtenAt(name) }).toEqual({ name, at });
    const [one, other] = [await contentsOf(target), await contentsOf(join(folder, "backup"))];
    expect([...one.keys()].toSorted()).toEqual([...other.keys()].toSorted());
  });
});
