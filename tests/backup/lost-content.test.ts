import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { publishModule } from "../http/support/modules.ts";
import { signUp } from "../http/support/people.ts";
import { randomContent, Repository } from "../http/support/repository.ts";
import { removeFolder, Site, temporaryFolder } from "./support/backups.ts";

let source: Site;
let target: Site;
let folder: string;

beforeAll(async () => {
  [source, target, folder] = await Promise.all([Site.start(), Site.start(), temporaryFolder()]);
});
afterAll(async () => {
  await Promise.all([source.remove(), target.remove(), removeFolder(folder)]);
});

const size = 123_457;

/** Deletes the only object of that size, as a failing disk does. */
async function loseObject(): Promise<void> {
  const root = join(source.registry.data, "objects");
  for (const name of await readdir(root, { recursive: true }))
    if ((await stat(join(root, name))).size === size) return rm(join(root, name));
  throw new Error("there is no such object");
}

it("an export names lost content; after the repair it leaves it out and says so, and so does the import", async () => {
  const person = await signUp(source.api);
  const name = `users/${person.handle}/tool`;
  await publishModule(new Repository(source.api, name, person.session), "1.0.0", { content: randomContent(size) });
  await loseObject();
  const backup = join(folder, "backup");

  const stopped = await source.admin(["export", backup]);
  expect(stopped.code).toBe(6);
  const { error } = stopped.json<{ error: { code: string; message: string; suggestions: string[] } }>();
  expect(error.code).toBe("content_lost");
  expect(error.message).toMatch(new RegExp(`does not have sha256:[0-9a-f]{64}, which ${name} needs`));
  expect(error.suggestions.join()).toContain("gati admin verify --repair");

  expect((await source.admin(["verify", "--repair"])).code).toBe(6);
  const partial = await source.admin(["export", backup]);
  expect(partial.code).toBe(10);
  expect(partial.json()).toMatchObject({ versions: 1, lost: [{ repositories: [name] }] });

  const imported = await target.machine.gati(["admin", "import", backup, "--registry", target.registry.url], {
    env: { GATI_API_KEY: await target.key() },
  });
  expect(imported.code, imported.stderr).toBe(0);
  expect(imported.stderr).toContain("This backup has not 1 blob that manifests name: sha256:");
  expect(imported.stderr).toContain(name);
});

it("an export into a file is refused in one sentence", async () => {
  await writeFile(join(folder, "file"), "");
  const refused = await source.admin(["export", join(folder, "file")]);
  expect(refused.code).toBe(2);
  expect(refused.json()).toMatchObject({ error: { code: "usage", message: `${join(folder, "file")} is no folder.` } });
});
