import { stat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testOperator } from "../harness/registry-process.ts";
import { expectProblem } from "../http/support/errors.ts";
import { gatiModule, publishModule, putVersion } from "../http/support/modules.ts";
import { Repository } from "../http/support/repository.ts";
import { answerOf, signInAs } from "./support/answers.ts";
import { contentsOf, type ExportDocument, removeFolder, Site, temporaryFolder } from "./support/backups.ts";
import { fillRegistry, type RegistryContent } from "./support/registry-content.ts";

let source: Site;
let copy: Site;
let folder: string;
let content: RegistryContent;
let exported: ExportDocument;

beforeAll(async () => {
  [source, copy, folder] = await Promise.all([Site.start(), Site.start(), temporaryFolder()]);
  content = await fillRegistry(source.api);
  exported = await source.export(join(folder, "one"));
  expect(await copy.import(join(folder, "one"))).toMatchObject({ status: "imported" });
});

afterAll(async () => {
  await Promise.all([source.remove(), copy.remove(), removeFolder(folder)]);
});

it("a second export of an unchanged registry fetches nothing and says the same", async () => {
  expect(await source.export(join(folder, "one"))).toMatchObject({ id: exported.id, fetched: { blobs: 0, bytes: 0 } });
});

describe("a registry that was imported from a backup", () => {
  it("exports the same backup, bit by bit; audit logs go on from where they were", async () => {
    const again = await copy.export(join(folder, "two"));
    const [one, two] = [await contentsOf(join(folder, "one")), await contentsOf(join(folder, "two"))];
    expect([...two.keys()].toSorted()).toEqual([...one.keys()].toSorted());
    for (const [path, text] of one) {
      // The operator has signed in here, which is told behind what came out of the backup.
      if (path.startsWith("gati/audit/")) expect(two.get(path)?.startsWith(text), path).toBe(true);
      // Names the digests of these.
      else if (path !== "gati/export.json") expect(two.get(path), path).toBe(text);
    }
    expect(again.lost).toEqual([]);
  });

  it("answers everybody as the one it came from", async () => {
    const { owner, member, stranger, key } = content;
    const callers = [undefined, key, ...[owner, member, stranger].map((person) => ({ person }))];
    for (const caller of callers) {
      const credential = async (site: Site) =>
        caller && "person" in caller ? signInAs(site.api, caller.person) : caller;
      const [there, here] = await Promise.all([credential(source), credential(copy)]);
      for (const path of content.paths)
        expect(await answerOf(copy.api, path, here)).toEqual(await answerOf(source.api, path, there));
    }
  });

  it("has not made anything up: the answers are not all refusals", async () => {
    const statuses = new Map<number, number>();
    for (const path of content.paths) {
      const { status } = await copy.api.send("GET", path, { as: content.key });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect(statuses.get(200)).toBeGreaterThan(50);
    expect([...statuses.keys()].toSorted()).toEqual([200, 403, 404, 410]);
  });

  it("goes on: the next version is taken, an unpublished number and other content are not", async () => {
    const as = await signInAs(copy.api, content.owner);
    const tool = new Repository(copy.api, `users/${content.owner.handle}/tool`, as);
    const { handle } = content.owner;
    await expectProblem(await putVersion(tool, "1.1.0", await gatiModule(tool, "1.1.0")), 410, "version_gone");
    await expectProblem(await putVersion(tool, "1.2.0", await gatiModule(tool, "1.2.0")), 409, "version_exists");
    const { digest } = await publishModule(tool, "1.3.0");
    const labels = async (name: string) =>
      (
        await copy.api.read<{ labels: Record<string, { digest: string }> }>(
          "GET",
          `/api/v1/artifacts/users/${handle}/${name}`,
        )
      ).labels;
    expect((await labels("tool"))["latest"]).toMatchObject({ digest });

    // Somebody set this latest by hand, so it stays where it is.
    const pinned = new Repository(copy.api, `users/${handle}/pinned`, as);
    const before = await labels("pinned");
    await publishModule(pinned, "3.0.0");
    expect(await labels("pinned")).toEqual(before);
  });

  it("is intact in the eyes of the consistency check", async () => {
    const result = await copy.admin(["verify", "--deep"]);
    expect(result.code, result.stdout).toBe(0);
  });

  it("lets members of an organisation write and others not", async () => {
    const name =
      content.paths
        .find((path) => /^\/v2\/orgs\/.*\/tags\/list$/.test(path))
        ?.split("/")
        .slice(2, 5)
        .join("/") ?? "";
    const seenBy = async (person: { handle: string; password: string }) =>
      new Repository(copy.api, name, await signInAs(copy.api, person));
    expect((await (await seenBy(content.member)).pushImage("by-member")).digest).toMatch(/^sha256:/);
    await expect((await seenBy(content.stranger)).pushImage("by-stranger")).rejects.toThrow(/403/);
  });

  it("says that the backup was imported before, also when it has changed since", async () => {
    expect(await copy.import(join(folder, "one"))).toMatchObject({ status: "imported-before", sent: { blobs: 0 } });
  });
});

describe("a backup", () => {
  it("is readable by its owner alone", async () => {
    const names = await readdir(join(folder, "one"), { recursive: true });
    for (const name of ["", ...names]) {
      const { mode } = await stat(join(folder, "one", name));
      expect({ name, open: mode & 0o077 }).toEqual({ name, open: 0 });
    }
  });

  it("is brought up to date by fetching only what is new", async () => {
    const before = await source.export(join(folder, "one"));
    expect(before).toMatchObject({ fetched: { blobs: 0, bytes: 0 } });
    const as = await signInAs(source.api, content.owner);
    await publishModule(new Repository(source.api, `users/${content.owner.handle}/tool`, as), "1.4.0");
    const next = await source.export(join(folder, "one"));
    expect(next.id).not.toBe(before.id);
    expect(next).toMatchObject({ fetched: { blobs: 2 }, versions: exported.versions + 1 });
    // What brings a folder up to date leaves the same as what begins with an empty one.
    await source.export(join(folder, "fresh"));
    const [one, fresh] = [await contentsOf(join(folder, "one")), await contentsOf(join(folder, "fresh"))];
    expect([...one.keys()].toSorted()).toEqual([...fresh.keys()].toSorted());
    // Downloads are counted a moment after they happen, and the tests before this one read a lot.
    for (const [path, text] of one) if (!/download|export/.test(path)) expect(fresh.get(path), path).toBe(text);
  });

  it("forgets what the registry has forgotten", async () => {
    const as = await signInAs(source.api, content.owner);
    const repository = new Repository(source.api, `users/${content.owner.handle}/tool`, as);
    const { digest } = await repository.pushImage("passing");
    const path = join(folder, "one", "blobs", ...digest.split(":"));
    await source.export(join(folder, "one"));
    expect((await stat(path)).isFile()).toBe(true);
    await repository.send("DELETE", `manifests/${digest}`);
    await source.export(join(folder, "one"));
    await expect(stat(path)).rejects.toThrow(/ENOENT/);
  });

  it("is for operators alone", async () => {
    const { bearer } = content.key as { bearer: string };
    for (const [args, into] of [
      [["export"], "theirs"],
      [["import"], "one"],
    ] as const) {
      const env = { GATI_API_KEY: bearer };
      const result = await source.machine.gati(["admin", ...args, join(folder, into), "--json"], { env });
      expect(result.code).toBe(3);
    }
    const paths = ["records/users", "blobs", `logs/${testOperator.handle}`];
    for (const path of paths)
      await expectProblem(
        await source.api.send("GET", `/api/v1/admin/export/${path}`, { as: content.owner.session }),
        403,
        "denied",
      );
  });
});
