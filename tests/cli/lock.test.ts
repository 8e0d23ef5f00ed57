import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { Machine } from "../harness/cli.ts";
import { AppProject, type LockDocument, nowhere } from "../harness/cli-project.ts";

type LockedEntry = LockDocument["modules"][string];

let app: AppProject;

beforeEach(async () => {
  app = await AppProject.create(inject("registryUrl"));
});
afterEach(() => app.machine.remove());

describe("gati.lock", () => {
  it("is installed from exactly with --frozen, on another machine", async () => {
    await app.publish("base", "1.0.0");
    await app.publish("auth", "1.0.0", { base: "^1.0.0" });
    await app.install(app.full("auth"));
    await app.publish("base", "1.5.0");
    const other = await Machine.create(inject("registryUrl"));
    try {
      const copy = await other.files("app", {
        "gati.json": await readFile(app.path("gati.json"), "utf8"),
        "gati.lock": await readFile(app.path("gati.lock"), "utf8"),
      });
      expect((await other.gati(["module", "install", "--frozen"], { cwd: copy })).code).toBe(0);
      expect(await readFile(join(copy, "gati_modules", app.full("base"), "index.js"), "utf8")).toBe("base 1.0.0");
    } finally {
      await other.remove();
    }
  });

  it("must be there and answer gati.json with --frozen: exit code 9", async () => {
    await app.publish("auth", "1.0.0");
    await app.install(app.full("auth"));
    await writeFile(app.path("gati.json"), JSON.stringify({ dependencies: { [app.full("auth")]: "^2.0.0" } }));
    expect(await app.refusal(["install", "--frozen"])).toMatchObject({
      code: 9,
      error: "lock_outdated",
      message: expect.stringContaining("^2.0.0"),
    });
    await rm(app.path("gati.lock"));
    expect(await app.refusal(["install", "--frozen"])).toMatchObject({ code: 9, message: "There is no gati.lock." });
    expect(await app.refusal(["install", "--frozen", app.full("auth")])).toMatchObject({ code: 2 });
  });

  it("is refused when someone changed which content it names", async () => {
    await app.publish("auth", "1.0.0");
    await app.publish("evil", "1.0.0");
    await app.install(app.full("auth"), app.full("evil"));
    const lock = await app.document("gati.lock");
    const [auth, evil] = [lock.modules[app.full("auth")], lock.modules[app.full("evil")]];
    if (auth && evil) auth.layers = evil.layers;
    await writeFile(app.path("gati.lock"), JSON.stringify(lock));
    expect(await app.refusal(["install", "--frozen", "--force"])).toMatchObject({ code: 9, error: "lock_outdated" });
  });

  it.each<[string, (auth: LockedEntry) => void, RegExp]>([
    ["another version", (auth) => (auth.version = "1.0.2"), /is 1\.0\.2, and its digest is that of 1\.0\.1/],
    ["another type", (auth) => (auth.type = "plugin"), /is a plugin, and its digest is that of a module-node/],
    ["another repository", (auth) => (auth.repository = "users/somebody/auth"), /from the repository users\/somebody/],
  ])("is refused when someone wrote %s beside the same digest", async (_, change, message) => {
    await app.publish("auth", "1.0.1");
    await app.install(app.full("auth"));
    const lock = await app.document("gati.lock");
    change(lock.modules[app.full("auth")] as LockedEntry);
    await writeFile(app.path("gati.lock"), JSON.stringify(lock));
    for (const args of [["install", "--frozen"], ["install"]])
      expect(await app.refusal(args)).toMatchObject({ code: 9, message: expect.stringMatching(message) });
  });

  it("is refused when someone wrote another version beside the digest of an image", async () => {
    await app.publishImage("web", "1.0.1", "one");
    await app.install(app.full("web"));
    const honest = await readFile(app.path("gati.lock"), "utf8");
    await writeFile(app.path("gati.lock"), honest.replace('"version": "1.0.1"', '"version": "1.0.2"'));
    expect(await app.refusal(["install", "--frozen"])).toMatchObject({
      code: 9,
      message: expect.stringContaining("1.0.2, and its digest is that of 1.0.1"),
    });
    await writeFile(app.path("gati.lock"), honest);
    expect((await app.gati(["install", "--frozen"])).code).toBe(0);
  });

  it.each([
    ["empty", () => ""],
    ["followed by something else", (text: string) => `${text}<<<<<<< HEAD`],
    ["without valid repositories", (text: string) => text.replace(/"repository": "[^"]*"/, '"repository": "?"')],
  ])("is refused with exit code 9 and a way out when it is %s", async (_, damage) => {
    await app.publish("auth", "1.0.0");
    await app.install(app.full("auth"));
    await writeFile(app.path("gati.lock"), damage(await readFile(app.path("gati.lock"), "utf8")));
    expect(await app.refusal(["install"])).toMatchObject({
      code: 9,
      error: "lock_outdated",
      suggestions: ["Take it from version control again, or delete it and run `gati module install`."],
    });
    await rm(app.path("gati.lock"));
    expect((await app.gati(["install"])).code).toBe(0);
  });

  it("needs no registry when the store is warm, and says so when it is not", async () => {
    await app.publish("base", "1.0.0");
    await app.publish("auth", "1.0.0", { base: "*" });
    await app.install(app.full("auth"));
    await rm(app.path("gati_modules"), { recursive: true });
    const offline = await app.gati(["install", "--frozen"], { env: { GATI_REGISTRY: nowhere } });
    expect(offline.code, offline.stdout).toBe(0);
    expect(await app.installed("base")).toBe("base 1.0.0");
    expect((await app.gati(["list"], { env: { GATI_REGISTRY: nowhere } })).json()).toMatchObject({
      modules: [{ state: "installed" }, { state: "installed" }],
    });

    await rm(app.machine.path("store"), { recursive: true });
    await rm(app.path("gati_modules"), { recursive: true });
    expect(await app.refusal(["install", "--frozen"], { env: { GATI_REGISTRY: nowhere } })).toMatchObject({
      code: 7,
      error: "unavailable",
    });
    // About 10 s of retries.
  }, 90_000);
});
