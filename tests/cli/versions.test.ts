import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { AppProject } from "../harness/cli-project.ts";

let app: AppProject;

beforeEach(async () => {
  app = await AppProject.create(inject("registryUrl"));
  await app.publish("auth", "1.0.0");
});
afterEach(() => app.machine.remove());

const asPublisher = () => ({ env: { GATI_API_KEY: app.account.key } });

describe("gati module deprecate", () => {
  it("warns who installs the version, until it is undone", async () => {
    const version = `${app.full("auth")}@1.0.0`;
    const told = await app.gati(["deprecate", version, "--message", "Use 2.0.0."], asPublisher());
    expect(told.json()).toMatchObject({ state: "deprecated", deprecation: "Use 2.0.0." });
    const install = await app.machine.gati(["module", "install", version], { cwd: app.directory });
    expect(install).toMatchObject({ code: 0, stderr: expect.stringContaining("is deprecated: Use 2.0.0.") });

    const undone = await app.gati(["deprecate", version, "--undo"], asPublisher());
    expect(undone.json()).toMatchObject({ state: "published", deprecation: null });
  });

  it("takes one version, and a login", async () => {
    expect((await app.gati(["deprecate", app.full("auth")], asPublisher())).code).toBe(2);
    expect((await app.gati(["deprecate", `${app.full("auth")}@1.0.0`])).code).toBe(3);
    expect((await app.gati(["deprecate", `${app.full("auth")}@9.0.0`], asPublisher())).code).toBe(4);
  });
});

describe("gati module label", () => {
  it("moves a label to a version", async () => {
    await app.publish("auth", "1.1.0");
    for (const version of ["1.0.0", "1.1.0"]) {
      const moved = await app.gati(["label", `${app.full("auth")}@${version}`, "stable"], asPublisher());
      expect(moved.json()).toMatchObject({ label: "stable", version });
      expect(await app.account.client.resolve(`${app.full("auth")}@stable`)).toMatchObject({ version });
    }
    expect((await app.gati(["label", app.full("auth"), "1.2.3"], asPublisher())).code).toBe(2);
  });
});
