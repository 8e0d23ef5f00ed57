import { readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { AppProject, nowhere } from "../harness/cli-project.ts";
import { until } from "../harness/until.ts";

let app: AppProject;

beforeEach(async () => {
  app = await AppProject.create(inject("registryUrl"));
});
afterEach(() => app.machine.remove());

describe("gati module install", () => {
  it("installs a module and all that it needs on a cold store, and writes gati.json and gati.lock", async () => {
    await app.publish("base", "1.0.0");
    await app.publish("base", "1.1.0");
    await app.publish("base", "2.0.0");
    await app.publish("auth", "1.0.0", { base: "^1.0.0" });
    await app.install(app.full("auth"));

    expect(await app.installed("auth")).toBe("auth 1.0.0");
    expect(await app.installed("base")).toBe("base 1.1.0");
    expect((await app.document("gati.json")).dependencies).toEqual({ [app.full("auth")]: "^1.0.0" });
    const lock = await app.document("gati.lock");
    expect(Object.keys(lock.modules)).toEqual([app.full("auth"), app.full("base")]);
    expect(lock.modules[app.full("auth")]).toMatchObject({
      version: "1.0.0",
      digest: expect.stringMatching(/^sha256:/),
      integrity: expect.stringMatching(/^sha256-/),
    });
    expect(JSON.parse(await app.installed("auth", ".gati.json"))).toMatchObject({
      name: app.full("auth"),
      version: "1.0.0",
      manifest: { type: "module-node" },
    });
    expect(await app.install()).toMatchObject({
      downloadedBytes: 0,
      modules: [{ status: "unchanged" }, { status: "unchanged" }],
    });
  });

  it("keeps locked versions until a range asks for more, and then removes what nobody needs", async () => {
    await app.publish("old", "1.0.0");
    await app.publish("auth", "1.0.0", { old: "*" });
    await app.install(app.full("auth"));
    await app.publish("auth", "1.2.0");
    await app.publish("other", "1.0.0");
    expect((await app.install(app.full("other"))).modules).toMatchObject([
      { name: app.full("auth"), version: "1.0.0" },
      {},
      {},
    ]);
    const updated = await app.install(`${app.full("auth")}@^1.1.0`);
    expect(updated.modules).toMatchObject([
      { name: app.full("auth"), version: "1.2.0", status: "changed" },
      { name: app.full("other") },
    ]);
    expect(updated.removed).toEqual([app.full("old")]);
    expect(await readdir(app.path("gati_modules", `@${app.account.handle}`))).toEqual(["auth", "other"]);
  });

  it("takes cycles, labels, exact versions and digests", async () => {
    await app.publish("one", "1.0.0", { two: "*" });
    await app.publish("two", "1.0.0", { one: "^1.0.0" });
    const { digest } = await app.account.client.resolve(app.full("one"));
    await app.install(`${app.full("one")}@latest`, `${app.full("two")}@1.0.0`);
    expect((await app.document("gati.json")).dependencies).toEqual({
      [app.full("one")]: "latest",
      [app.full("two")]: "1.0.0",
    });
    await app.install(`${app.full("one")}@${digest}`);
    expect((await app.document("gati.lock")).modules[app.full("one")]?.digest).toBe(digest);
  });

  it("reports a conflict with both sides: exit code 5, and the project as it was", async () => {
    await app.publish("shared", "1.0.0");
    await app.publish("shared", "2.0.0");
    await app.publish("left", "1.0.0", { shared: "^1.0.0" });
    await app.publish("right", "1.0.0", { shared: "^2.0.0" });
    await app.install(app.full("left"));
    const before = await readFile(app.path("gati.lock"), "utf8");
    const conflict = await app.refusal(["install", app.full("right")]);
    expect(conflict).toMatchObject({ code: 5, error: "dependency_conflict" });
    expect(conflict.message).toContain(`${app.full("left")}@1.0.0 needs ^1.0.0`);
    expect(conflict.message).toContain(`${app.full("right")}@1.0.0 needs ^2.0.0`);
    expect(await readFile(app.path("gati.lock"), "utf8")).toBe(before);
  });

  it("places WebAssembly and programs as files", async () => {
    const wasm = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    const env = { GATI_API_KEY: app.account.key };
    const w = await app.machine.files("w", {
      "gati-module.json": { name: "adder", version: "1.0.0", type: "wasm", config: { wasmFile: "out/adder.wasm" } },
      "out/adder.wasm": wasm,
    });
    const b = await app.machine.files("b", {
      "gati-module.json": { name: "tool", version: "1.0.0", type: "binary", config: { binaryFile: "bin/tool" } },
      "bin/tool": "#!/bin/sh\n",
    });
    for (const cwd of [w, b]) expect((await app.machine.gati(["module", "publish"], { cwd, env })).code).toBe(0);
    await app.install(app.full("adder"), app.full("tool"));
    expect(new Uint8Array(await readFile(app.path("gati_modules", app.full("adder"), "adder.wasm")))).toEqual(wasm);
    expect((await stat(app.path("gati_modules", app.full("tool"), "bin/tool"))).mode & 0o777).toBe(0o755);
  });

  it("says what does not exist: exit code 4", async () => {
    expect(await app.refusal(["install", app.full("nothing")])).toMatchObject({ code: 4 });
    await app.publish("auth", "1.0.0");
    for (const selector of ["^9.0.0", "9.0.0", "nightly"])
      expect(await app.refusal(["install", `${app.full("auth")}@${selector}`])).toMatchObject({
        code: 4,
        message: `${app.full("auth")} has no version that matches ${selector} (published: 1.0.0).`,
        suggestions: [`Take one that is there: gati module install ${app.full("auth")}@1.0.0`],
      });
    expect(await app.refusal(["install", "auth"])).toMatchObject({ code: 8 });
    expect(await app.refusal(["install"])).toMatchObject({
      code: 4,
      suggestions: [expect.stringContaining("@handle/name")],
    });
  });
});

describe("gati module install of something that was unpublished", () => {
  it("names what was asked for", async () => {
    await app.publish("gone", "1.3.0");
    const args = ["module", "unpublish", `${app.full("gone")}@1.3.0`, "--yes"];
    expect((await app.machine.gati(args, { env: { GATI_API_KEY: app.account.key } })).code).toBe(0);
    expect(await app.refusal(["install", `${app.full("gone")}@1.3.0`])).toMatchObject({
      code: 4,
      message: `${app.full("gone")} has no version that matches 1.3.0 (nothing is published).`,
    });
    expect(await app.refusal(["install", app.full("gone")])).toMatchObject({
      code: 4,
      message: `${app.full("gone")} has no version to install (nothing is published).`,
    });
    expect(await app.refusal(["info", app.full("gone")])).toMatchObject({
      code: 4,
      message: `${app.full("gone")} has no version to install (nothing is published).`,
    });
  });
});

describe("files in gati_modules that were edited or deleted", () => {
  it.each<[string, (path: string) => Promise<unknown>]>([
    ["edited", (path) => writeFile(path, "auth 6.6.6")],
    ["shortened", (path) => writeFile(path, "")],
    ["deleted", (path) => rm(path)],
  ])("are seen by list and brought back by install: %s", async (_, damage) => {
    await app.publish("auth", "1.0.0");
    await app.install(app.full("auth"));
    await damage(app.path("gati_modules", app.full("auth"), "index.js"));
    expect((await app.gati(["list"])).json()).toMatchObject({ modules: [{ state: "damaged" }] });
    const repaired = await app.gati(["install", "--frozen"], { env: { GATI_REGISTRY: nowhere } });
    expect(repaired.json()).toMatchObject({ modules: [{ status: "repaired", repaired: ["index.js"] }] });
    expect(await app.installed("auth")).toBe("auth 1.0.0");
    expect((await app.gati(["list"])).json()).toMatchObject({ modules: [{ state: "installed" }] });
  });

  it("are no matter when only their times are new, or when they were added", async () => {
    await app.publish("auth", "1.0.0");
    await app.install(app.full("auth"));
    const directory = app.path("gati_modules", app.full("auth"));
    await utimes(join(directory, "index.js"), new Date(), new Date());
    await writeFile(join(directory, "cache.tmp"), "added");
    expect(await app.install()).toMatchObject({ modules: [{ status: "unchanged" }] });
  });

  it("--force unpacks intact ones too, and says so", async () => {
    await app.publish("auth", "1.0.0");
    await app.install(app.full("auth"));
    const { stdout } = await app.machine.gati(["module", "install", "--force"], { cwd: app.directory });
    expect(stdout).toContain(`= ${app.full("auth")}@1.0.0 (unpacked again)`);
    expect(stdout).not.toContain("nothing to do");
  });
});

describe("gati module list and remove", () => {
  it("show and take away, with what only the removed one needed", async () => {
    await app.publish("base", "1.0.0");
    await app.publish("auth", "1.0.0", { base: "*" });
    await app.publish("other", "1.0.0");
    await app.install(app.full("auth"), app.full("other"));
    expect((await app.gati(["list"])).json()).toMatchObject({
      modules: [
        { name: app.full("auth"), version: "1.0.0", wanted: "^1.0.0", state: "installed" },
        { name: app.full("base"), wanted: null, state: "installed" },
        { name: app.full("other"), state: "installed" },
      ],
    });
    expect(await app.refusal(["remove", app.full("base")])).toMatchObject({
      code: 4,
      message: expect.stringContaining("another module needs it"),
    });
    expect((await app.gati(["remove", app.full("auth")], { env: { GATI_REGISTRY: nowhere } })).json()).toEqual({
      removed: [app.full("auth"), app.full("base")],
      kept: [app.full("other")],
    });
    expect((await app.document("gati.json")).dependencies).toEqual({ [app.full("other")]: "^1.0.0" });
    expect((await app.gati(["install", "--frozen"])).code).toBe(0);
  });

  it("see what is missing", async () => {
    await app.publish("auth", "1.0.0");
    await app.install(app.full("auth"));
    await rm(app.path("gati_modules"), { recursive: true });
    expect((await app.gati(["list"])).json()).toMatchObject({ modules: [{ state: "missing" }] });
  });
});

describe("gati module info", () => {
  it("shows a version, its digest and the others", async () => {
    await app.publish("auth", "1.0.0");
    await app.publish("auth", "1.1.0", { base: "*" });
    const info = await app.gati(["info", `${app.full("auth")}@^1`]);
    expect(info.json()).toMatchObject({
      artifact: { name: "auth", type: "module-node" },
      resolution: { version: "1.1.0", digest: expect.stringMatching(/^sha256:/) },
      version: { manifest: { dependencies: { [app.full("base")]: "*" } } },
      versions: [{ version: "1.1.0" }, { version: "1.0.0" }],
    });
    const plain = await app.machine.gati(["module", "info", app.full("auth")]);
    expect(plain.stdout).toContain("1.1.0, 1.0.0");
  });

  it("shows how often it was downloaded", async () => {
    await app.publish("auth", "1.0.0");
    await app.install(app.full("auth"));
    const { downloads } = await until("the download", async () => {
      const info = (await app.gati(["info", app.full("auth")])).json<{
        downloads: { total: number; days: object[] };
      }>();
      return info.downloads.total > 0 && info;
    });
    expect([downloads.total, downloads.days.length]).toEqual([1, 30]);
    const plain = await app.machine.gati(["module", "info", app.full("auth")]);
    expect(plain.stdout).toContain("1, 1 in the last 7 days, 1 in the last 30");
  });

  it("ends quietly when nobody reads its output to the end", async () => {
    await app.publish("auth", "1.0.0");
    for (const json of [[], ["--json"]])
      expect(
        await app.machine.gati(["module", "info", app.full("auth"), ...json], { closedStdout: true }),
      ).toMatchObject({
        code: 0,
        stderr: "",
      });
  });
});
