import { expect, inject, it, onTestFinished } from "vitest";
import { mediaTypes, parseRepository, type RetentionPolicies } from "../../packages/sdk/src/index.ts";
import { Machine, newAccount } from "../harness/cli.ts";

const registry = inject("registryUrl");

it("gati retention previews a policy, sets it, applies it, and removes exactly what it foretold", async () => {
  const machine = await Machine.create(registry);
  onTestFinished(() => machine.remove());
  const { handle, password, client, key } = await newAccount(registry);
  const { repository } = parseRepository(`users/${handle}/builds`);
  for (const tag of ["pr-1", "pr-2", "pr-3", "1.0.0"]) {
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [], annotations: { tag } };
    await client.oci.putManifest(repository, tag, new TextEncoder().encode(JSON.stringify(index)), mediaTypes.ociIndex);
  }
  await machine.files(".", {
    "policy.json": { rules: [{ tags: ["pr-*"], keepLast: 1 }] },
    "faulty.json": { rules: [{ tags: ["pr-*"] }] },
  });
  const where = `users/${handle}`;

  const tried = await machine.gati(["retention", "preview", where, "--policy", "policy.json"], {
    env: { GATI_API_KEY: key },
  });
  expect(tried).toMatchObject({ code: 0, stderr: "" });
  expect(tried.stdout).toMatch(/goes +pr-1: kept by no rule/);
  expect(tried.stdout).toMatch(/stays pr-3: among the last 1 of pr-\*/);
  expect(tried.stdout).toMatch(/stays 1\.0\.0: latest names it/);
  expect(tried.stdout).toContain("Would remove 2 of 5 in 1 artifact.");

  const narrow = await machine.gati(["retention", "set", where, "policy.json"], { env: { GATI_API_KEY: key } });
  expect(narrow.code).toBe(3);
  await machine.gati(["login", "--handle", handle, "--password-stdin", "--admin"], { input: password });
  const faulty = await machine.gati(["retention", "set", where, "faulty.json"]);
  expect(faulty.code).toBe(8);
  expect(faulty.stderr).toContain("keepLast, pushedWithin or pulledWithin");
  expect((await machine.gati(["retention", "set", `${where}/builds`, "policy.json"])).code).toBe(0);
  const shown = (await machine.gati(["retention", "show", where, "--json"])).json<RetentionPolicies>();
  expect(shown).toMatchObject({ policy: null, artifacts: { builds: { rules: [{ keepLast: 1 }] } } });

  const own = (await machine.gati(["retention", "show", `${where}/builds`, "--json"])).json();
  expect(own).toMatchObject({ policy: { rules: [{ tags: ["pr-*"], keepLast: 1 }] }, of: "artifact" });
  const missing = await machine.gati(["retention", "set", `${where}/bulids`, "policy.json"]);
  expect(missing.code).toBe(4);
  expect(missing.stderr).toContain(`${where} has no artifact bulids.`);

  const applied = await machine.gati(["retention", "apply", where, "--json"]);
  expect(applied.json()).toMatchObject({ artifacts: [{ artifact: "builds", removed: ["pr-1", "pr-2"] }] });
  expect((await machine.gati(["retention", "apply", where])).stdout).toContain("Removed 0 in 1 artifact.");
  expect((await client.artifacts.versions(repository)).map(({ version }) => version)).toEqual(["1.0.0"]);

  const stranger = await newAccount(registry);
  for (const command of ["show", "preview", "apply"]) {
    const refused = await machine.gati(["retention", command, where], { env: { GATI_API_KEY: stranger.key } });
    expect(refused.code).toBe(3);
  }
  expect((await machine.gati(["retention", "set", `${where}/builds`, "--remove"])).code).toBe(0);
  expect((await machine.gati(["retention", "show", where, "--json"])).json()).toEqual({ policy: null, artifacts: {} });
});
