import { expect, inject, it, onTestFinished } from "vitest";
import { mediaTypes, parseRepository, type Verification } from "../../packages/sdk/src/index.ts";
import { Machine, newAccount } from "../harness/cli.ts";
import { testOperator as operator } from "../harness/registry-process.ts";

const registry = inject("registryUrl");

async function publish({ client }: Awaited<ReturnType<typeof newAccount>>, repository: string): Promise<void> {
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [], annotations: { repository } };
  const bytes = new TextEncoder().encode(JSON.stringify(index));
  await client.oci.putManifest(parseRepository(repository).repository, "1.0.0", bytes, mediaTypes.ociIndex);
}

it("gati module rename gives an artifact another name, and the old one leads there", async () => {
  const machine = await Machine.create(registry);
  onTestFinished(() => machine.remove());
  const account = await newAccount(registry);
  const { handle, password, client } = account;
  await publish(account, `users/${handle}/before`);
  await machine.gati(["login", "--handle", handle, "--password-stdin", "--admin"], { input: password });

  const renamed = await machine.gati(["module", "rename", `@${handle}/before`, "after"]);
  expect(renamed).toMatchObject({ code: 0, stderr: "" });
  expect(renamed.stdout).toContain(`users/${handle}/before is called users/${handle}/after now.`);

  const info = await machine.gati(["module", "info", `@${handle}/before`, "--json"]);
  expect(info.json()).toMatchObject({ artifact: { repository: `users/${handle}/after`, latest: "1.0.0" } });
  const { repository } = parseRepository(`users/${handle}/before`);
  expect((await client.artifacts.get(repository)).repository).toBe(`users/${handle}/after`);
  expect((await client.oci.getManifest(repository, "1.0.0")).mediaType).toBe(mediaTypes.ociIndex);
  await expect(publish(account, repository)).rejects.toMatchObject({ code: "name_taken" });

  await publish(account, `users/${handle}/other`);
  const taken = await machine.gati(["module", "rename", `@${handle}/other`, "before"]);
  expect(taken.code).toBe(5);
  expect(taken.stderr).toContain(`users/${handle}/before is called users/${handle}/after now.`);
});

it("gati publisher says what to publish where, and what is not there proves nothing", async () => {
  const machine = await Machine.create(registry);
  onTestFinished(() => machine.remove());
  const { handle, password, key } = await newAccount(registry);
  const where = `users/${handle}`;
  const narrow = await machine.gati(["publisher", "start", where, "domain", "example.com"], {
    env: { GATI_API_KEY: key },
  });
  expect(narrow.code).toBe(3);
  await machine.gati(["login", "--handle", handle, "--password-stdin", "--admin"], { input: password });

  const started = await machine.gati(["publisher", "start", where, "domain", "Proof.Invalid-Domain.example"]);
  expect(started.code).toBe(0);
  expect(started.stdout).toMatch(/gati-verification=[\w-]{32}/);
  expect(started.stdout).toContain("TXT record of _gati-challenge.proof.invalid-domain.example");
  expect(started.stdout).toContain("https://proof.invalid-domain.example/.well-known/gati-verification.txt");

  const list = (await machine.gati(["publisher", "list", where, "--json"])).json<Verification[]>();
  expect(list).toMatchObject([{ subject: "proof.invalid-domain.example", state: "pending" }]);
  expect((await machine.gati(["publisher", "check", where, "proof.invalid-domain.example"])).code).toBe(4);
  expect((await machine.gati(["publisher", "check", where, "other.example"])).code).toBe(4);
  expect((await machine.gati(["publisher", "start", where, "domain", "127.0.0.1"])).code).toBe(8);
  expect((await machine.gati(["publisher", "start", where, "mail", "x.example"])).code).toBe(2);
  expect((await machine.gati(["publisher", "remove", where, "proof.invalid-domain.example"])).code).toBe(0);
  expect((await machine.gati(["publisher", "list", where, "--json"])).json()).toEqual([]);
});

it("gati admin names lets a name pass that looks like another, and takes that back", async () => {
  const machine = await Machine.create(registry);
  onTestFinished(() => machine.remove());
  const { password, handle } = await newAccount(registry);
  const name = "secur1ty";
  await machine.gati(["login", "--handle", handle, "--password-stdin", "--admin"], { input: password });
  expect((await machine.gati(["admin", "names", "allow", name])).code).toBe(3);

  await machine.gati(["login", "--handle", operator.handle, "--password-stdin", "--admin"], {
    input: operator.password,
  });
  expect((await machine.gati(["admin", "names", "allow", "No Name"])).code).toBe(8);
  expect((await machine.gati(["admin", "names", "allow", name])).stdout).toContain("may be taken");
  expect((await machine.gati(["admin", "names", "list"])).stdout).toContain(`${name}  by ${operator.handle}`);
  expect((await machine.gati(["admin", "names", "refuse", name])).code).toBe(0);
  expect((await machine.gati(["admin", "names", "refuse", name])).code).toBe(4);
});
