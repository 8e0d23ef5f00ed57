import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { Api } from "../harness/api.ts";
import { spawnRegistry } from "../harness/registry-process.ts";
import { signUp } from "../http/support/people.ts";
import { newDataFolder, startForTest } from "./data-folder.ts";

const script = fileURLToPath(new URL("../../scripts/secrets.ts", import.meta.url));
const run = async (...args: string[]) => (await promisify(execFile)(process.execPath, [script, ...args])).stdout;
const keyIds = async (api: Api) =>
  (await api.read<{ keys: { kid: string }[] }>("GET", "/.well-known/jwks.json")).keys.map(({ kid }) => kid);

it("a new key signs after the next start; what the old one signed counts until it is revoked", async () => {
  const data = await newDataFolder();
  const before = await spawnRegistry({ data });
  const person = await signUp(new Api(before.url));
  const old = await keyIds(new Api(before.url));
  await before.stop();

  await run("rotate", "--data", data);
  const between = await spawnRegistry({ data });
  let api = new Api(between.url);
  const kids = await keyIds(api);
  expect(kids).toEqual([expect.any(String), ...old]);
  expect(kids[0]).not.toBe(old[0]);
  expect((await api.send("GET", "/api/v1/auth/me", { as: person.session })).status).toBe(200);
  const later = await signUp(api);
  await between.stop();

  await run("rotate", "--data", data, "--revoke");
  const after = await startForTest({ data });
  api = new Api(after.url);
  expect(await keyIds(api)).toHaveLength(1);
  for (const { session } of [person, later])
    expect((await api.send("GET", "/api/v1/auth/me", { as: session })).status).toBe(401);
  const secrets = await readFile(join(data, "secrets.json"), "utf8");
  expect((secrets.match(/\\"d\\"/g) ?? []).length).toBe(1);
});

it("prints a new key and the running registry's keys, for secrets that cannot be read back", async () => {
  const server = await startForTest({ data: await newDataFolder() });
  const [signs = "", verifies = ""] = (await run("rotate", "--from", server.url)).trim().split("\n");
  const key = JSON.parse(signs.replace(/^GATI_TOKEN_KEY=/, "")) as Record<string, string>;
  expect(Object.keys(key).toSorted()).toEqual(["alg", "crv", "d", "kid", "kty", "use", "x"]);
  const old = JSON.parse(verifies.replace(/^GATI_TOKEN_KEYS_OLD=/, "")) as Record<string, string>[];
  expect(old.map(({ kid }) => kid)).toEqual(await keyIds(new Api(server.url)));
  expect(verifies).not.toContain('"d"');
});

it("says how it is used, and does not invent a folder", async () => {
  await expect(run("rotate")).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("Usage") });
  await expect(run("rotate", "--data", "/nonexistent/gati")).rejects.toMatchObject({
    stderr: expect.stringContaining("has no secrets.json"),
  });
});
