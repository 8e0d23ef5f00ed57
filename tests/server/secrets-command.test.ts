import { spawnSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { loadSecrets } from "../../server/secrets.ts";
import { newDataFolder } from "./data-folder.ts";

const script = fileURLToPath(new URL("../../scripts/secrets.ts", import.meta.url));

function secrets(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
  return { status, stdout, stderr: stderr.trim() };
}

it("npm run secrets explains itself when asked", () => {
  const { status, stdout, stderr } = secrets("--help");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toContain("npm run secrets -- rotate --data DIR");
});

it.each([
  [["--bogus"], /^Unknown option '--bogus'/],
  [["rotate", "--from", "nonsense"], /^"nonsense" is not an address/],
  [["rotate", "--from", "http://127.0.0.1:9"], /^http:\/\/127\.0\.0\.1:9\/\S+ does not answer with the keys/],
])("npm run secrets says in one sentence what is wrong with %j", (args, sentence) => {
  const { status, stderr } = secrets(...args);
  expect(status).toBe(1);
  expect(stderr).toMatch(sentence);
  expect(stderr.split("\n")).toHaveLength(1);
});

it("npm run secrets says in one sentence that a folder is no data folder", async () => {
  const folder = await newDataFolder();
  const { status, stderr } = secrets("rotate", "--data", folder);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `${folder} is not the data folder of a registry: it has no secrets.json.`,
  });
});

it("what was sealed stays readable through every change of the key; after a revocation something new seals", async () => {
  const folder = await newDataFolder();
  await mkdir(folder);
  const first = JSON.parse((await loadSecrets(folder)).tokenKey) as { d: string };
  expect(secrets("rotate", "--data", folder).status).toBe(0);
  expect((await loadSecrets(folder)).sealKeys).toEqual([first.d]);
  expect(secrets("rotate", "--data", folder).status).toBe(0);
  expect((await loadSecrets(folder)).sealKeys).toEqual([first.d]);
  expect(secrets("rotate", "--data", folder, "--revoke").status).toBe(0);
  const [fresh = "", ...others] = (await loadSecrets(folder)).sealKeys ?? [];
  expect(others).toEqual([first.d]);
  expect(fresh).toHaveLength(43);
});
