import { expect, inject, it } from "vitest";
import { Machine, newAccount } from "../harness/cli.ts";
import { testOperator as operator } from "../harness/registry-process.ts";

const registry = inject("registryUrl");

it("gati admin gc is refused to everybody who does not run the registry", async () => {
  const machine = await Machine.create(registry);
  const { key } = await newAccount(registry);
  try {
    const result = await machine.gati(["admin", "gc", "--dry-run", "--json"], { env: { GATI_API_KEY: key } });
    expect(result.code).toBe(3);
  } finally {
    await machine.remove();
  }
});

it("gati admin gc says what it would remove and removes it, for an operator with an admin key", async () => {
  const machine = await Machine.create(registry);
  try {
    const login = ["login", "--handle", operator.handle, "--password-stdin"];
    await machine.gati(login, { input: operator.password });
    expect((await machine.gati(["admin", "gc"])).code).toBe(3);

    await machine.gati([...login, "--admin"], { input: operator.password });
    const preview = (await machine.gati(["admin", "gc", "--dry-run", "--json"])).json();
    // Links wait a day; blobs that other tests deleted may be due at once.
    expect(preview).toMatchObject({ dryRun: true, links: 0 });
    const run = await machine.gati(["admin", "gc"]);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toMatch(/^Removed \d+ blobs? with /);
  } finally {
    await machine.remove();
  }
});
