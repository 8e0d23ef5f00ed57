import { mkdir, readdir, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect, inject, it, onTestFinished } from "vitest";
import { FakeRegistry } from "../../packages/sdk/tests/fake-registry/index.ts";
import { Machine, newAccount } from "../harness/cli.ts";

const registry = inject("registryUrl");

async function newMachine(at = registry): Promise<Machine> {
  const machine = await Machine.create(at);
  onTestFinished(() => machine.remove());
  return machine;
}

it("says once what it waits for and how long, when the registry asks for a pause", async () => {
  const fake = await new FakeRegistry().start();
  onTestFinished(() => fake.stop());
  fake.faults.add("GET", /resolve/, { kind: "answer", status: 429, headers: { "retry-after": "3" } });
  const machine = await newMachine(fake.url);
  const slow = await machine.gati(["module", "info", "@ann/tool"], { env: { GATI_REGISTRY: fake.url } });
  expect(slow.stderr.match(/Going on in 3 s\.$/gm)).toHaveLength(1);
});

it("does not guess between several logins, and asks for none where no registry is needed", async () => {
  const machine = await newMachine();
  const login = { handle: "ann", key: "gati_x", createdAt: "2026-01-01T00:00:00Z" };
  const registries = { "https://one.example": login, "https://two.example": login };
  await machine.files("config", { "credentials.json": { version: 1, registries } });
  const env = { GATI_REGISTRY: undefined, GATI_CONFIG_DIR: machine.path("config") };
  const asked = await machine.gati(["whoami"], { env });
  expect(asked.code).toBe(2);
  expect(asked.stderr).toContain(
    "You are logged in to https://one.example and https://two.example; choose one with --registry.",
  );
  expect((await machine.gati(["module", "create", "hello"], { env })).code).toBe(0);
  expect((await machine.gati(["module", "info", "@nobody/nothing", "--registry", registry], { env })).code).toBe(4);
});

it("removes what killed runs left behind, and nothing of those that go on", async () => {
  const machine = await newMachine();
  const { handle, key } = await newAccount(registry);
  const env = { GATI_API_KEY: key, GATI_CACHE_DIR: machine.path("cache"), GATI_STORE_DIR: machine.path("store") };
  const here = `work-${hostname().replaceAll(/[^A-Za-z0-9]/g, "_")}-`;
  const parent = machine.path("cache", "tmp");
  // No process has so high a number.
  for (const name of [`${here}4194999-dead`, `${here}${process.pid}-alive`, "work-elsewhere-1-new"])
    await mkdir(join(parent, name), { recursive: true });
  await machine.files("tool", {
    "package.json": { name: "tool", version: "1.0.0", main: "index.js", files: ["index.js"] },
    "index.js": "export {};\n",
  });
  const published = await machine.gati(["module", "publish", "tool", "--namespace", `users/${handle}`], { env });
  expect(published.code, published.stderr).toBe(0);
  expect((await readdir(parent)).toSorted()).toEqual(
    [`${here}${process.pid}-alive`, "work-elsewhere-1-new"].toSorted(),
  );

  const folder = machine.path("store", "blobs", "sha256", "ab");
  await mkdir(folder, { recursive: true });
  const [stale, young] = [join(folder, "abc.1.partial"), join(folder, "abc.2.partial")];
  for (const path of [stale, young]) await writeFile(path, "half");
  await utimes(stale, new Date(0), new Date(0));
  await machine.files("app", {});
  const installed = await machine.gati(["module", "install", `@${handle}/tool`], { env, cwd: machine.path("app") });
  expect(installed.code, installed.stderr).toBe(0);
  await expect(stat(stale)).rejects.toThrow("ENOENT");
  expect((await stat(young)).size).toBe(4);

  const version = await machine.gati(["module", "info", `@${handle}/tool@9`], { env });
  expect(version.code).toBe(4);
  expect(version.stderr).toContain(`gati module info @${handle}/tool`);
});

it("advises what a person at a terminal can do", async () => {
  const machine = await newMachine();
  const { handle, key } = await newAccount(registry);
  const env = { GATI_API_KEY: key };
  const narrow = await machine.gati(["token", "create", "more", "--scope", "read"], { env });
  expect(narrow.code).toBe(3);
  expect(narrow.stderr).toContain("gati login --admin");
  await machine.files(".", { "faulty.json": { rules: [{ tags: ["pr-*"] }] } });
  const args = ["retention", "preview", `users/${handle}`, "--policy", "faulty.json"];
  const faulty = await machine.gati(args, { env });
  expect(faulty.code).toBe(8);
  expect(faulty.stderr).not.toContain("details.issues");
  expect(faulty.stderr).toContain("Correct this and run the command again.");
});
