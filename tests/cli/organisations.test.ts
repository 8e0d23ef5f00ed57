import { expect, inject, it, onTestFinished } from "vitest";
import type { HeldContent, Invitation, TeamDetails } from "../../packages/sdk/src/index.ts";
import { mediaTypes, parseRepository } from "../../packages/sdk/src/index.ts";
import { Machine, newAccount } from "../harness/cli.ts";

const registry = inject("registryUrl");

async function person() {
  const machine = await Machine.create(registry);
  onTestFinished(() => machine.remove());
  const account = await newAccount(registry);
  await machine.gati(["login", "--handle", account.handle, "--password-stdin", "--admin"], { input: account.password });
  return { machine, ...account };
}

it("gati runs an organisation: people come by invitation, teams are granted, what waits is released", async () => {
  const [owner, writer] = [await person(), await person()];
  const org = `org-${owner.handle}`.slice(0, 39).replace(/-+$/, "");
  const run = async (who: typeof owner, ...words: string[]) => {
    const done = await who.machine.gati(words);
    expect(done, `gati ${words.join(" ")}: ${done.stderr}`).toMatchObject({ code: 0 });
    return done;
  };
  await run(owner, "org", "create", org);
  await run(owner, "team", "create", org, "docs");
  const granted = await run(owner, "team", "grant", org, "docs", "write", "handbook", "--json");
  expect(granted.json<TeamDetails>().grants).toEqual([{ artifact: "handbook", role: "write" }]);

  const uninvited = await owner.machine.gati(["team", "add", org, "docs", writer.handle]);
  expect(uninvited.code).toBe(3);
  expect(uninvited.stderr).toContain(`gati invitation create orgs/${org} ${writer.handle} --team docs`);
  await run(owner, "invitation", "create", org, writer.handle, "--team", "docs");
  const [open] = (await run(writer, "invitation", "list", "--json")).json<Invitation[]>();
  expect(open).toMatchObject({ namespace: `orgs/${org}`, role: null, teams: ["docs"], invitedBy: owner.handle });
  expect((await run(writer, "invitation", "accept", open?.id ?? "")).stdout).toContain(`You belong to orgs/${org} now`);
  expect((await run(owner, "team", "show", org, "docs")).stdout).toContain(writer.handle);
  expect((await writer.machine.gati(["invitation", "accept", open?.id ?? ""])).code).toBe(4);

  const policy = { secondFactor: false, signIn: null, networks: null, licences: null, approval: true };
  await owner.machine.files(".", { "policy.json": policy, "faulty.json": { ...policy, signedOnly: true } });
  expect((await owner.machine.gati(["org", "policy", org, "faulty.json"])).code).toBe(8);
  await run(owner, "org", "policy", org, "policy.json");
  expect((await run(owner, "org", "policy", org, "--json")).json()).toEqual(policy);

  const { repository } = parseRepository(`orgs/${org}/handbook`);
  const publish = async (version: string) => {
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [], annotations: { version } };
    await writer.client.oci.putManifest(
      repository,
      version,
      new TextEncoder().encode(JSON.stringify(index)),
      mediaTypes.ociIndex,
    );
  };
  await publish("1.0.0");
  await publish("1.1.0");
  const held = (await run(owner, "approvals", "list", org, "--json")).json<HeldContent[]>();
  expect(held.map(({ tags, heldBy, own }) => ({ tags, heldBy, own }))).toEqual([
    { tags: ["1.0.0"], heldBy: writer.handle, own: false },
    { tags: ["1.1.0"], heldBy: writer.handle, own: false },
  ]);
  expect((await writer.machine.gati(["approvals", "approve", repository, "1.0.0"])).code).toBe(3);
  expect((await run(owner, "approvals", "approve", repository, "1.0.0")).stdout).toContain("Released");
  await run(owner, "approvals", "reject", repository, "1.1.0");
  expect((await owner.machine.gati(["approvals", "approve", repository, "1.1.0"])).code).toBe(4);
  expect((await run(owner, "approvals", "list", org)).stdout).toContain("Nothing waits.");
  expect((await owner.client.artifacts.versions(repository)).map(({ version }) => version)).toEqual(["1.0.0"]);

  await run(owner, "org", "policy", org, "--remove");
  expect((await owner.machine.gati(["org", "remove-member", org, owner.handle])).code).toBe(3);
  await run(owner, "org", "remove-member", org, writer.handle);
  expect((await run(owner, "team", "show", org, "docs", "--json")).json<TeamDetails>().members).toEqual([]);
  await run(owner, "team", "rename", org, "docs", "papers");
  await run(owner, "team", "delete", org, "papers");
  expect((await run(owner, "org", "members", org)).stdout).toBe(`${owner.handle}  owner\n`);
});
