import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { newAccount } from "../harness/cli.ts";
import { AppProject, nodeModule } from "../harness/cli-project.ts";

let app: AppProject;

beforeEach(async () => {
  app = await AppProject.create(inject("registryUrl"));
});
afterEach(() => app.machine.remove());

describe("gati module publish refuses", () => {
  it.each<[string, Record<string, string | object>, number, string]>([
    ["nothing to publish", {}, 4, "manifest_missing"],
    ["a manifest that is not JSON", { "gati-module.json": "{" }, 8, "project_invalid"],
    ["a version that is none", { "package.json": { name: "x", version: "one" } }, 8, "manifest_invalid"],
    [
      "two different versions",
      { "package.json": { name: "x", version: "1.0.0" }, "gati-module.json": { version: "2.0.0" } },
      8,
      "manifest_invalid",
    ],
    [
      "a module that was not built",
      { "package.json": { name: "x", version: "1.0.0", main: "dist/index.js" } },
      8,
      "content_invalid",
    ],
    [
      "wasm that is none",
      {
        "gati-module.json": { name: "x", version: "1.0.0", type: "wasm", config: { wasmFile: "x.wasm" } },
        "x.wasm": "no",
      },
      8,
      "content_invalid",
    ],
    [
      "a file outside the module",
      {
        "gati-module.json": { name: "x", version: "1.0.0", type: "binary", config: { binaryFile: "../../etc/passwd" } },
      },
      8,
      "content_invalid",
    ],
    [
      "a type with a slip",
      { "gati-module.json": { name: "x", version: "1.0.0", gati: { type: "biniary" } }, "index.js": "" },
      8,
      "manifest_invalid",
    ],
    [
      "a namespace that does not exist",
      { "package.json": { name: "@no-such-namespace-here/x", version: "1.0.0" } },
      4,
      "namespace_unknown",
    ],
  ])("explains %s", async (_, files, code, error) => {
    const result = await app.tryPublish(await app.machine.files("m", files));
    expect(result.code, result.stdout).toBe(code);
    expect(result.json()).toMatchObject({
      error: { code: error, suggestions: expect.arrayContaining([expect.any(String)]) },
    });
  });

  it("may not publish to someone else: exit code 3", async () => {
    const other = await newAccount(app.machine.registry);
    const result = await app.tryPublish(await app.machine.files("m", nodeModule()), [
      "--namespace",
      `users/${other.handle}`,
    ]);
    expect(result.code).toBe(3);
    const { error } = result.json<{ error: { message: string; suggestions: string[] } }>();
    expect(error.message).toBe(`You may not push to users/${other.handle}/greeter.`);
    expect(error.suggestions).toEqual([expect.stringContaining("ask an owner of this one for the role write")]);
  });

  it("a bare file, and says what to do, with and without a manifest beside it", async () => {
    const directory = await app.machine.files("w", { "adder.wasm": new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) });
    const suggestions = async (): Promise<string> => {
      const result = await app.tryPublish(directory, ["adder.wasm"]);
      expect(result.code).toBe(8);
      const { error } = result.json<{ error: { message: string; suggestions: string[] } }>();
      expect(error.message).toContain("bare file");
      return error.suggestions.join();
    };
    const example = /such as (\{.*\}), and/.exec(await suggestions())?.[1] ?? "";
    await app.machine.files("w", { "gati-module.json": example });
    expect(await suggestions()).toContain("with its gati-module.json");
    expect(await app.published(directory)).toMatchObject({ type: "module-wasm" });
  });

  it("needs a login, except for a dry run of a module that names its namespace", async () => {
    const directory = await app.machine.files("m", { "package.json": { name: "@krishna/x", version: "1.0.0" } });
    expect((await app.tryPublish(directory, [], { env: { GATI_API_KEY: undefined } })).code).toBe(3);
    const dry = await app.tryPublish(directory, ["--dry-run"], {
      env: { GATI_API_KEY: undefined, GATI_REGISTRY: "http://127.0.0.1:1" },
    });
    expect(dry.json()).toMatchObject({ status: "dry-run", reference: "@krishna/x@1.0.0" });
  });
});

describe("gati module unpublish", () => {
  it("takes a version back for good", async () => {
    const directory = await app.machine.files("m", nodeModule());
    await app.published(directory);
    const name = `@${app.account.handle}/greeter@1.0.0`;
    const env = { GATI_API_KEY: app.account.key };
    expect((await app.machine.gati(["module", "unpublish", name], { env })).code).toBe(2);
    expect(
      (await app.machine.gati(["module", "unpublish", `@${app.account.handle}/greeter`, "--yes"], { env })).code,
    ).toBe(2);
    expect((await app.machine.gati(["module", "unpublish", name, "--yes"], { env })).code).toBe(0);
    expect((await app.machine.gati(["module", "info", name], { env })).code).toBe(4);
    expect((await app.tryPublish(directory)).code).toBe(5);
  });
});
