import { execFile } from "node:child_process";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { repositoryRoot } from "../../scripts/wrangler.ts";
import { type Account, Machine, newAccount } from "../harness/cli.ts";

const run = promisify(execFile);
const registry = inject("interopUrl");
const typesVersion = "1.0.1";

let publisher: Machine;
let account: Account;
let tarball: string;
let wasm: Uint8Array;

const as = (key: string) => ({ env: { GATI_API_KEY: key } });

/** Every file below a folder with its content, but for what the CLI notes beside it. */
async function contents(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name !== ".gati.json");
  const read = files.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    return [path.slice(folder.length), await readFile(path, "base64")] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

beforeAll(async () => {
  publisher = await Machine.create(registry);
  account = await newAccount(registry);
  await run("npm", ["pack", `@gati-framework/types@${typesVersion}`, "--pack-destination", publisher.root, "--silent"]);
  tarball = publisher.path(`gati-framework-types-${typesVersion}.tgz`);
  wasm = await readFile(join(repositoryRoot, "workers/storage/sha256/sha256.wasm"));
  await publisher.files("hash", {
    "gati-module.json": {
      name: "hash",
      version: "2.0.0",
      gati: { type: "module-wasm" },
      config: { wasmFile: "hash.wasm" },
    },
    "hash.wasm": wasm,
  });
});
afterAll(() => publisher.remove());

describe("a real npm tarball and a real WebAssembly module", () => {
  it("are published by the gati command", async () => {
    const types = await publisher.gati(
      ["module", "publish", tarball, "--namespace", `users/${account.handle}`, "--json"],
      as(account.key),
    );
    expect(types.stderr).toBe("");
    expect(types.json()).toMatchObject({ reference: `@${account.handle}/types@${typesVersion}`, type: "module-node" });
    const hash = await publisher.gati(["module", "publish", "hash", "--json"], as(account.key));
    expect(hash.json()).toMatchObject({ reference: `@${account.handle}/hash@2.0.0`, type: "module-wasm" });
  });

  it("are installed by a stranger on a cold store, byte for byte", async () => {
    const stranger = await Machine.create(registry);
    try {
      const app = await stranger.files("app", {});
      const names = [`@${account.handle}/types@^1`, `@${account.handle}/hash`];
      const install = await stranger.gati(["module", "install", ...names], { cwd: app });
      expect(install).toMatchObject({ code: 0, stderr: "" });

      const unpacked = publisher.path("unpacked");
      await mkdir(unpacked);
      await run("tar", ["-xzf", tarball, "-C", unpacked]);
      const installed = join(app, "gati_modules", `@${account.handle}`);
      expect(await contents(join(installed, "types"))).toEqual(await contents(join(unpacked, "package")));
      expect(Buffer.from(wasm).equals(await readFile(join(installed, "hash", "hash.wasm")))).toBe(true);
    } finally {
      await stranger.remove();
    }
  });

  it("are downloaded over plain HTTP as the very files that were published", async () => {
    const base = `${registry}/api/v1/artifacts/users/${account.handle}`;
    const download = async (path: string) => Buffer.from(await (await fetch(`${base}/${path}/download`)).arrayBuffer());
    expect((await download(`types/versions/${typesVersion}`)).equals(await readFile(tarball))).toBe(true);
    expect((await download("hash/versions/2.0.0")).equals(wasm)).toBe(true);
  });
});
