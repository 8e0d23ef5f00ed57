import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { artifactTypes, type Digest, type Repository } from "../sdk.ts";
import { readProject, writeDependencies } from "./gati-json.ts";
import { integrityOf, type Lock, readLock, writeLock } from "./lock-file.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "gati-project-"));
});
afterEach(() => rm(directory, { recursive: true }));

const text = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}` as Digest);
const blob = fc.record(
  { digest, size: fc.nat(), mediaType: text, title: text },
  { requiredKeys: ["digest", "size", "mediaType"] },
);
const ranges = fc.dictionary(
  fc.tuple(text, text).map(([handle, name]) => `@${handle}/${name}`),
  fc.constantFrom("^1.0.0", "latest", "*"),
);
const module = fc
  .record({
    version: fc.constantFrom("1.0.0", "2.0.0-rc.1", null),
    type: fc.constantFrom(...artifactTypes),
    repository: fc.tuple(text, text).map(([handle, name]) => `users/${handle}/${name}` as Repository),
    digest,
    config: blob,
    layers: fc.array(blob, { maxLength: 3 }),
    dependencies: ranges,
  })
  .map((entry) => Object.assign(entry, { integrity: integrityOf(entry.digest) }));
const locks: fc.Arbitrary<Lock> = fc.record({
  dependencies: ranges,
  modules: fc.dictionary(
    text.map((name) => `@a/${name}`),
    module,
  ),
});

describe("gati.lock", () => {
  it("says the same after it was written and read, and writing that changes nothing", async () => {
    await fc.assert(
      fc.asyncProperty(locks, async (lock) => {
        await writeLock(directory, lock);
        const written = await readFile(join(directory, "gati.lock"), "utf8");
        const read = await readLock(directory);
        expect(read).toEqual(lock);
        await writeLock(directory, read as Lock);
        expect(await readFile(join(directory, "gati.lock"), "utf8")).toBe(written);
      }),
      { numRuns: 100 },
    );
  });

  it("is undefined when it does not exist", async () => {
    expect(await readLock(directory)).toBeUndefined();
  });

  it.each([
    ["of a later version", { lockfileVersion: 2, dependencies: {}, modules: {} }],
    [
      "with a module without digest",
      {
        lockfileVersion: 1,
        dependencies: {},
        modules: { "@a/b": { version: "1.0.0", type: "plugin", repository: "users/a/b", layers: [] } },
      },
    ],
    ["with modules that are a list", { lockfileVersion: 1, dependencies: {}, modules: [] }],
  ])("is refused %s, with a way out", async (_, document) => {
    await writeFile(join(directory, "gati.lock"), JSON.stringify(document));
    await expect(readLock(directory)).rejects.toMatchObject({
      code: "lock_outdated",
      exitCode: 9,
      suggestions: [expect.stringContaining("install")],
    });
  });
});

describe("gati.json", () => {
  it("keeps what it does not know, and its indentation", async () => {
    await writeFile(
      join(directory, "gati.json"),
      '{\n\t"name": "app",\n\t"future": true,\n\t"dependencies": {\n\t\t"b/c": "^1"\n\t}\n}\n',
    );
    const project = await readProject(directory);
    await writeDependencies(project, { ...project.dependencies, "@a/b": "^2.0.0" });
    expect(await readFile(join(directory, "gati.json"), "utf8")).toBe(
      '{\n\t"name": "app",\n\t"future": true,\n\t"dependencies": {\n\t\t"@a/b": "^2.0.0",\n\t\t"@b/c": "^1"\n\t}\n}\n',
    );
  });

  it.each(["[]", "{", '{"dependencies": []}', '{"dependencies": {"@a/b": 1}}'])(
    "is refused when it is %s",
    async (content) => {
      await writeFile(join(directory, "gati.json"), content);
      await expect(readProject(directory)).rejects.toMatchObject({ code: "project_invalid" });
    },
  );
});
