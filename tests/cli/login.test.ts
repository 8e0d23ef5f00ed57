import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { createClient } from "../../packages/sdk/src/index.ts";
import { type Account, Machine, newAccount } from "../harness/cli.ts";

const registry = inject("registryUrl");
let machine: Machine;
let account: Account;

beforeEach(async () => {
  machine = await Machine.create(registry);
  account = await newAccount(registry);
});
afterEach(() => machine.remove());

async function login(command: readonly string[] = ["login"]): Promise<void> {
  const result = await machine.gati([...command, "--handle", account.handle, "--password-stdin"], {
    input: `${account.password}\n`,
  });
  expect(result.stderr).toBe("");
  expect(result.code).toBe(0);
}

async function storedKey(): Promise<string> {
  const file = JSON.parse(await readFile(machine.path("config/credentials.json"), "utf8")) as {
    registries: Record<string, { key: string }>;
  };
  return file.registries[registry]?.key ?? "";
}

describe("gati login", () => {
  it.each([[["login"]], [["registry", "login"]]])(
    "with %j keeps a key that only its owner can read",
    async (command) => {
      await login(command);
      expect((await stat(machine.path("config"))).mode & 0o777).toBe(0o700);
      expect((await stat(machine.path("config/credentials.json"))).mode & 0o777).toBe(0o600);
      expect(await storedKey()).toMatch(/^gati_/);

      const who = await machine.gati(["whoami", "--json"]);
      expect(who.json()).toMatchObject({
        registry,
        user: { handle: account.handle },
        credential: { kind: "api-key", scopes: ["read", "publish"] },
      });
    },
  );

  it("uses the only registry that is logged in when nothing else names one", async () => {
    await login();
    const who = await machine.gati(["whoami", "--json"], { env: { GATI_REGISTRY: undefined } });
    expect(who.json()).toMatchObject({ registry });
  });

  it("takes an API key instead of a password", async () => {
    const result = await machine.gati(["login", "--api-key-stdin", "--json"], { input: account.key });
    expect(result.json()).toMatchObject({ handle: account.handle });
    expect(await storedKey()).toBe(account.key);
  });

  it("revokes the key of the login before", async () => {
    await login();
    const first = await storedKey();
    await login();
    expect(await storedKey()).not.toBe(first);
    await expect(createClient({ registry, credential: first }).auth.me()).rejects.toMatchObject({
      code: "unauthenticated",
    });
  });

  it("refuses a wrong password with exit code 3 and keeps nothing", async () => {
    const result = await machine.gati(["login", "--handle", account.handle, "--password-stdin"], {
      input: "wrong password",
    });
    expect(result.code).toBe(3);
    expect(result.stderr).toContain("→");
    expect(await stat(machine.path("config")).catch(() => undefined)).toBeUndefined();
  });

  it("says how to log in without a terminal, with exit code 2", async () => {
    const result = await machine.gati(["login"]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("--password-stdin");
  });

  it("warns when others can read the credentials, and does not overwrite what it cannot read", async () => {
    await login();
    await chmod(machine.path("config/credentials.json"), 0o644);
    expect((await machine.gati(["whoami"])).stderr).toContain("chmod 600");
    await mkdir(machine.path("config"), { recursive: true });
    await writeFile(machine.path("config/credentials.json"), "{ damaged");
    expect((await machine.gati(["login", "--api-key-stdin"], { input: account.key })).code).toBe(8);
    expect(await readFile(machine.path("config/credentials.json"), "utf8")).toBe("{ damaged");
  });
});

describe("gati signup", () => {
  it.each([[["signup"]], [["registry", "signup"]]])(
    "with %j makes an account and keeps a key as login does",
    async (command) => {
      const handle = `s-${randomBytes(6).toString("hex")}`;
      const args = [...command, "--handle", handle, "--password-stdin", "--email", "s@example.com"];
      expect(await machine.gati(args, { input: "a long enough password" })).toMatchObject({
        code: 0,
        stderr: "",
        stdout: expect.stringContaining(`Signed up at ${registry} as ${handle}.`),
      });
      expect((await machine.gati(["whoami", "--json"])).json()).toMatchObject({
        user: { handle },
        credential: { scopes: ["read", "publish"] },
      });
      expect((await machine.gati(args, { input: "a long enough password" })).code).toBe(5);
    },
  );

  it("needs a terminal or the password in a pipe", async () => {
    expect(await machine.gati(["signup"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("gati signup --handle"),
    });
  });
});

describe("gati logout", () => {
  it("revokes the key that login made", async () => {
    await login();
    const key = await storedKey();
    expect((await machine.gati(["logout", "--json"])).json()).toMatchObject({ revoked: true });
    expect(await storedKey()).toBe("");
    await expect(createClient({ registry, credential: key }).auth.me()).rejects.toMatchObject({
      code: "unauthenticated",
    });
  });

  it("forgets the key only locally when the registry is away and that is wanted", async () => {
    await writeFile(
      await machine.files("config", {}).then((path) => `${path}/credentials.json`),
      JSON.stringify({
        version: 1,
        registries: { "http://127.0.0.1:1": { handle: "x", key: "gati_x", createdAt: "" } },
      }),
    );
    expect((await machine.gati(["logout", "--registry", "http://127.0.0.1:1", "--local"])).code).toBe(0);
    expect((await machine.gati(["logout", "--registry", "http://127.0.0.1:1"])).code).toBe(3);
  });
});

describe("credentials", () => {
  it("come from the environment first", async () => {
    await login();
    const other = await newAccount(registry);
    for (const name of ["GATI_API_KEY", "GATI_TOKEN"]) {
      const who = await machine.gati(["whoami", "--json"], { env: { [name]: other.key } });
      expect(who.json()).toMatchObject({ user: { handle: other.handle } });
    }
  });

  it("are asked for with exit code 3 when there are none, and never printed", async () => {
    const result = await machine.gati(["whoami", "--json"]);
    expect(result.code).toBe(3);
    expect(result.stderr).toBe("");
    expect(result.json()).toMatchObject({
      error: { code: "not_logged_in", exitCode: 3, suggestions: [expect.stringContaining("gati login")] },
    });
    const bad = await machine.gati(["whoami"], { env: { GATI_API_KEY: account.key.replace(/.$/, "0") } });
    expect(bad.code).toBe(3);
    expect(bad.stdout + bad.stderr).not.toContain(account.key.slice(0, 20));
  });
});

describe("the command line", () => {
  it("tells wrong use by exit code 2, an unreachable registry by 7, a bad address by 8", async () => {
    expect((await machine.gati(["module", "install", "--nonsense"])).code).toBe(2);
    expect((await machine.gati(["nonsense"])).code).toBe(2);
    const wrong = await machine.gati(["module", "create", "x", "--type", "cobol", "--json"]);
    expect(wrong).toMatchObject({ code: 2, stderr: "" });
    expect(wrong.json()).toMatchObject({
      error: { code: "usage", message: expect.stringContaining("cobol"), exitCode: 2 },
    });
    expect((await machine.gati(["module", "info", "not a name"])).code).toBe(8);
    expect((await machine.gati(["whoami", "--registry", "ftp://x"])).code).toBe(8);
    const help = await machine.gati(["--help"]);
    expect(help.code).toBe(0);
    expect(help.stdout).toContain("Exit codes");
  });

  it("tells a web server that is no Gati registry by exit code 8", async () => {
    const server = createServer((_, response) => response.writeHead(404, { "content-type": "text/html" }).end("<h1>?"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const result = await machine.gati(["login", "--api-key-stdin", "--registry", address], { input: account.key });
      expect(result.code).toBe(8);
      expect(result.stderr).toContain(`${address} is not a Gati registry`);
    } finally {
      server.close();
    }
  });

  it("prints no colours and no escape codes when nobody watches", async () => {
    await login();
    const result = await machine.gati(["whoami"], { env: { TERM: "xterm-256color" } });
    expect(result.stdout).toContain(account.handle);
    expect(result.stdout).not.toContain("\u001b");
  });
});
