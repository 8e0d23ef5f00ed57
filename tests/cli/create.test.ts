import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { AppProject } from "../harness/cli-project.ts";

let app: AppProject;

beforeEach(async () => {
  app = await AppProject.create(inject("registryUrl"));
});
afterEach(() => app.machine.remove());

describe("gati module create", () => {
  it.each(["node", "wasm", "oci", "binary", "external"])(
    "starts a %s module whose manifest the registry can read",
    async (type) => {
      const created = await app.machine.gati([
        "module",
        "create",
        `@${app.account.handle}/fresh`,
        "--type",
        type,
        "--json",
      ]);
      expect(created.code).toBe(0);
      const manifest = JSON.parse(await readFile(app.machine.path("fresh/gati-module.json"), "utf8")) as {
        name: string;
      };
      expect(manifest.name).toBe(`@${app.account.handle}/fresh`);
      expect((await app.machine.gati(["module", "create", "fresh"])).code).toBe(5);
      if (type === "binary" || type === "external")
        expect(await app.published(app.machine.path("fresh"))).toMatchObject({ type: `module-${type}` });
    },
  );

  it("refuses a name that cannot be published", async () => {
    expect((await app.machine.gati(["module", "create", "Not A Name"])).code).toBe(8);
  });
});
