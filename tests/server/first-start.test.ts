import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createClient, parseRepository, parseVersion } from "../../packages/sdk/src/index.ts";
import { spawnRegistry } from "../harness/registry-process.ts";
import { newDataFolder, startForTest } from "./data-folder.ts";

/** The words of an output line after `label`. */
function valueOf(output: readonly string[], label: string): string | undefined {
  return output
    .find((line) => line.startsWith(label))
    ?.slice(label.length)
    .trim();
}

describe("the first start", () => {
  it("makes an operator whose password is shown once, and publishes samples that work", async () => {
    const data = await newDataFolder();
    const server = await startForTest({ data, args: [] });
    const handle = valueOf(server.output, "Operator account:") ?? "";
    const password = valueOf(server.output, "Password, shown only now:") ?? "";
    const client = createClient({ registry: server.url });
    expect((await client.auth.signIn({ handle, password })).user).toMatchObject({
      handle: "gati-operator",
      operator: true,
    });

    const { artifacts } = await client.artifacts.list();
    expect(artifacts.map((one) => one.type).toSorted()).toEqual(["module-node", "module-wasm", "template"]);

    const { repository } = parseRepository("orgs/gati-samples/adder");
    const adder = await client.artifacts.version(repository, parseVersion("1.0.0"));
    const layer = adder.layers[0];
    if (!layer) throw new Error("the sample has no content");
    const bytes = await client.oci.readBlob(repository, layer.digest);
    const { instance } = await WebAssembly.instantiate(Uint8Array.from(bytes));
    const { add } = instance.exports;
    expect(typeof add === "function" && add(40, 2)).toBe(42);
  });

  it("keeps its secrets to its owner and the password to nobody", async () => {
    const data = await newDataFolder();
    const server = await startForTest({ data });
    const password = valueOf(server.output, "Password, shown only now:") ?? "";
    expect(password.length).toBeGreaterThan(20);
    expect((await stat(data)).mode & 0o777).toBe(0o700);
    expect((await stat(join(data, "secrets.json"))).mode & 0o777).toBe(0o600);
    await server.stop();
    expect(await readFile(join(data, "secrets.json"), "utf8")).not.toContain(password);
    expect(await readFile(join(data, "logs", "registry.log"), "utf8")).not.toContain(password);
  });

  it("publishes nothing with --empty", async () => {
    const server = await startForTest({ data: await newDataFolder(), args: ["--empty"] });
    expect((await createClient({ registry: server.url }).artifacts.list()).artifacts).toEqual([]);
  });

  it("takes handle and password from the environment and prints no password", async () => {
    const env = { GATI_ADMIN_HANDLE: "boss", GATI_ADMIN_PASSWORD: "a long enough password" };
    const server = await startForTest({ data: await newDataFolder(), env });
    expect(server.output.join("\n")).not.toContain(env.GATI_ADMIN_PASSWORD);
    const client = createClient({ registry: server.url });
    expect((await client.auth.signIn({ handle: "boss", password: env.GATI_ADMIN_PASSWORD })).user.operator).toBe(true);
  });

  it("says what is wrong with a refused account, and takes a better one the next time", async () => {
    const data = await newDataFolder();
    const refused = spawnRegistry({
      data,
      env: { GATI_ADMIN_PASSWORD: "short" },
    });
    await expect(refused).rejects.toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("GATI_ADMIN_PASSWORD"),
    });
    const server = await startForTest({
      data,
      env: { GATI_ADMIN_HANDLE: "boss", GATI_ADMIN_PASSWORD: "a long enough password" },
    });
    expect(server.output).toContain("Operator account: boss");
  });
});

describe("the second start", () => {
  it("finds everything again, prints no password and publishes nothing", async () => {
    const data = await newDataFolder();
    const first = await spawnRegistry({ data, args: [] });
    const before = await createClient({ registry: first.url }).artifacts.list();
    expect(await first.stop()).toBe(0);

    const second = await startForTest({ data, args: [] });
    expect(second.output.join("\n")).not.toMatch(/password/i);
    expect(await createClient({ registry: second.url }).artifacts.list()).toEqual(before);
  });

  it("ends with the ready line and three commands to try", async () => {
    const server = await startForTest({ data: await newDataFolder(), args: [] });
    const ready = server.output.indexOf(`Gati Registry ready: ${server.url}`);
    expect(ready).toBeGreaterThan(0);
    await expect.poll(() => server.output.slice(ready + 1)).toHaveLength(4);
  });
});
