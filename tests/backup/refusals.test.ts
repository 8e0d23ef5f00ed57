import { cp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { logPath } from "../../packages/cli/src/backup/export-logs.ts";
import { recordPath } from "../../packages/cli/src/backup/export-records.ts";
import { BackupFolder } from "../../packages/cli/src/backup/folder.ts";
import { backupId, type BackupSummary } from "../../packages/cli/src/backup/summary.ts";
import { publishModule } from "../http/support/modules.ts";
import { signUp } from "../http/support/people.ts";
import { randomContent, Repository } from "../http/support/repository.ts";
import { removeFolder, Site, temporaryFolder } from "./support/backups.ts";

interface Refusal {
  readonly error: { readonly code: string; readonly message: string; readonly suggestions: readonly string[] };
}

let source: Site;
let empty: Site;
let folder: string;
let large: string;

beforeAll(async () => {
  [source, empty, folder] = await Promise.all([Site.start(), Site.start(), temporaryFolder()]);
  const person = await signUp(source.api);
  const repository = new Repository(source.api, `users/${person.handle}/tool`, person.session);
  await publishModule(repository, "1.0.0", { content: randomContent(100_000) });
  await source.export(join(folder, "good"));
  const names = await readdir(join(folder, "good", "blobs", "sha256"));
  const sizes = await Promise.all(
    names.map(async (name) => (await stat(join(folder, "good", "blobs", "sha256", name))).size),
  );
  large = join("blobs", "sha256", names[sizes.indexOf(Math.max(...sizes))] ?? "");
});

afterAll(async () => {
  await Promise.all([source.remove(), empty.remove(), removeFolder(folder)]);
});

async function refusal(site: Site, args: readonly string[]): Promise<Refusal["error"] & { exit: number | null }> {
  const result = await site.admin(args);
  return { ...result.json<Refusal>().error, exit: result.code };
}

/** What the registry has that an import would have brought. */
const standing = async (): Promise<string> => {
  const { artifacts } = await empty.api.read<{ artifacts: unknown[] }>("GET", "/api/v1/artifacts");
  const objects = await readdir(join(empty.registry.data, "objects"), { recursive: true });
  return JSON.stringify({ artifacts, objects });
};

const flip = async (path: string): Promise<void> => {
  const bytes = await readFile(path);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  await writeFile(path, bytes);
};

describe("an import of a damaged backup names the file and brings nothing in", () => {
  const log = async (copy: string) => join("gati", "logs", (await readdir(join(copy, "gati", "logs")))[0] ?? "");
  const damages: readonly [string, (copy: string) => Promise<string>][] = [
    ["a blob with one wrong bit", async (copy) => flip(join(copy, large)).then(() => large)],
    ["a blob that is cut off", async (copy) => truncate(join(copy, large), 10).then(() => large)],
    ["a blob that is missing", async (copy) => rm(join(copy, large)).then(() => large)],
    ["a changed record", async (copy) => flip(join(copy, "gati", "users.jsonl")).then(() => "users.jsonl")],
    ["a log with one wrong bit", async (copy) => log(copy).then((name) => flip(join(copy, name)).then(() => name))],
    ["a log that is missing", async (copy) => log(copy).then((name) => rm(join(copy, name)).then(() => name))],
    ["a changed index", async (copy) => flip(join(copy, "index.json")).then(() => "index.json")],
    [
      "a summary that somebody edited",
      async (copy) => {
        const path = join(copy, "gati", "export.json");
        await writeFile(path, (await readFile(path, "utf8")).replace(/"size": \d+/, '"size": 1'));
        return "export.json";
      },
    ],
  ];

  it.each(damages)("%s", async (_, damage) => {
    const copy = join(folder, "damaged");
    await cp(join(folder, "good"), copy, { recursive: true });
    try {
      const name = await damage(copy);
      const before = await standing();
      const { code, message, exit } = await refusal(empty, ["import", copy]);
      expect({ code, exit }).toEqual({ code: "backup_damaged", exit: 6 });
      expect(message).toContain(name);
      expect(await standing()).toBe(before);
      // Exporting into it again makes it whole.
      await source.export(copy);
      expect(await readFile(join(copy, large))).toEqual(await readFile(join(folder, "good", large)));
    } finally {
      await removeFolder(copy);
    }
  });

  it("a kind of records that the registry does not know", async () => {
    const copy = join(folder, "newer");
    await cp(join(folder, "good"), copy, { recursive: true });
    const path = join(copy, "gati", "export.json");
    const summary = JSON.parse(await readFile(path, "utf8")) as BackupSummary;
    const kinds = [...summary.kinds, "wishes"];
    const id = backupId(summary.schema, kinds, summary.files);
    await writeFile(path, JSON.stringify({ ...summary, kinds, id }));
    const before = await standing();
    const { code, message, exit } = await refusal(empty, ["import", copy]);
    expect({ code, exit }).toEqual({ code: "registry_older", exit: 8 });
    expect(message).toContain("wishes");
    expect(await standing()).toBe(before);
    await removeFolder(copy);
  });

  it("a summary that names a file outside of the folder", async () => {
    const copy = join(folder, "outside");
    await cp(join(folder, "good"), copy, { recursive: true });
    const path = join(copy, "gati", "export.json");
    const summary = JSON.parse(await readFile(path, "utf8")) as BackupSummary;
    const users = summary.files.find((file) => file.path === "gati/users.jsonl");
    // The same bytes, so that nothing but the place is wrong.
    await cp(join(copy, "gati", "users.jsonl"), join(folder, "users.jsonl"));
    const files = [...summary.files, { digest: "", size: 0, ...users, path: "gati/logs/../../../users.jsonl" }];
    const id = backupId(summary.schema, summary.kinds, files);
    await writeFile(path, JSON.stringify({ ...summary, files, id }));
    const { code, message } = await refusal(empty, ["import", copy]);
    expect({ code, message }).toEqual({ code: "backup_damaged", message: expect.stringContaining("outside") });
    await removeFolder(copy);
    await rm(join(folder, "users.jsonl"));
  });

  it("no backup at all", async () => {
    expect(await refusal(empty, ["import", folder])).toMatchObject({ code: "file_missing", exit: 4 });
  });
});

it("nothing that a registry says makes an export write outside of its folder", () => {
  const root = new BackupFolder(join(folder, "export"));
  for (const id of ["../../../escaped", "../../../../../../../escaped"])
    expect(() => root.path(logPath(id))).toThrow("outside");
  expect(() => root.path(recordPath("../../escaped"))).toThrow("outside");
  expect(root.path(logPath("ok..id"))).toBe(join(folder, "export", "gati", "logs", "ok..id.jsonl"));
});

it("an export into a folder that holds other things is refused", async () => {
  await writeFile(join(folder, "mine.txt"), "mine");
  expect(await refusal(source, ["export", folder])).toMatchObject({ code: "directory_not_empty", exit: 5 });
  expect(await readFile(join(folder, "mine.txt"), "utf8")).toBe("mine");
});

describe("an import into a registry that is not empty is refused", () => {
  it.each<[string, (site: Site) => Promise<unknown>]>([
    ["because somebody has an account", (site) => signUp(site.api)],
    [
      "because something is published",
      async (site) => {
        const person = await signUp(site.api);
        await publishModule(new Repository(site.api, `users/${person.handle}/tool`, person.session), "1.0.0");
      },
    ],
  ])("%s", async (_, change) => {
    const site = await Site.start();
    try {
      await change(site);
      const { code, message, suggestions, exit } = await refusal(site, ["import", join(folder, "good")]);
      expect({ code, exit }).toEqual({ code: "already_done", exit: 5 });
      expect(message).toContain("not empty");
      expect(suggestions.join(" ")).toContain("--empty");
    } finally {
      await site.remove();
    }
  });

  it("because it is the very registry that was exported", async () => {
    expect(await refusal(source, ["import", join(folder, "good")])).toMatchObject({ code: "already_done", exit: 5 });
  });
});
