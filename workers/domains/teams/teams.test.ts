import { beforeAll, describe, expect, it, vi } from "vitest";
import { type Client, signUp } from "../../testing/client.ts";
import {
  answered,
  makeOrganisation,
  type Organisation,
  pushImage,
  refusal,
  statusOf,
} from "../../testing/organisation.ts";

// Every person who signs up costs a password hash.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let org: Organisation;
/** Only in a team that may write one artifact. */
let collaborator: Client;
beforeAll(async () => {
  org = await makeOrganisation();
  for (const name of ["one", "two"])
    expect((await pushImage(org.owner, org.repository(name), "1.0.0")).status).toBe(201);
  await answered(org.call(org.owner, "PATCH", org.namespace, { visibility: "private" }));
  await org.team("builders", { one: "write" });
  collaborator = await org.member(undefined, ["builders"]);
});

const tags = (name: string) => `/v2/${org.repository(name)}/tags/list`;

describe("somebody who is only in a team", () => {
  it("reads and writes what it was granted and sees nothing else", async () => {
    expect(await statusOf(collaborator, tags("one"))).toBe(200);
    expect(await statusOf(collaborator, tags("two"))).toBe(404);
    expect((await pushImage(collaborator, org.repository("one"), "1.1.0")).status).toBe(201);
    expect((await pushImage(collaborator, org.repository("two"), "1.1.0")).status).toBe(404);
    expect((await pushImage(collaborator, org.repository("three"), "1.1.0")).status).toBe(404);
  });

  it("sees the same in every list", async () => {
    const { artifacts } = await answered<{ artifacts: { name: string }[] }>(
      collaborator.send("GET", `/api/v1/artifacts?handle=${org.handle}`),
    );
    expect(artifacts.map(({ name }) => name)).toEqual(["one"]);
    const catalog = await answered<{ repositories: string[] }>(collaborator.send("GET", "/v2/_catalog?n=1000"));
    expect(catalog.repositories.filter((name) => name.includes(org.handle))).toEqual([org.repository("one")]);
  });

  it("knows that the organisation exists, but neither its members nor its teams", async () => {
    expect(await answered(collaborator.send("GET", org.namespace))).toMatchObject({ role: null });
    expect(await refusal(collaborator.send("GET", `${org.namespace}/members`))).toEqual([403, "denied"]);
    expect(await refusal(collaborator.send("GET", `${org.path}/teams/builders`))).toEqual([403, "denied"]);
  });

  it("may do more by another team, and the highest role counts", async () => {
    await org.team("admins-of-one", { one: "admin" });
    await answered(org.call(org.owner, "PUT", `${org.path}/teams/admins-of-one/members/${collaborator.handle}`));
    const artifact = `/api/v1/artifacts/${org.repository("one")}`;
    expect(await answered(org.call(collaborator, "PATCH", artifact, { visibility: "private" }))).toMatchObject({
      visibility: "private",
    });
    await answered(org.call(org.owner, "DELETE", `${org.path}/teams/admins-of-one`));
    expect(await refusal(org.call(collaborator, "PATCH", artifact, { visibility: "public" }))).toEqual([403, "denied"]);
  });

  it("is an outsider again once the grant, the place or the team goes", async () => {
    const end = async (undo: () => Promise<unknown>, path: string, method: string, body?: unknown) => {
      expect(await statusOf(collaborator, tags("one"))).toBe(200);
      await answered(org.call(org.owner, method, path, body));
      expect(await statusOf(collaborator, tags("one"))).toBe(404);
      await undo();
    };
    const grants = `${org.path}/teams/builders/grants`;
    await end(() => org.call(org.owner, "PUT", grants, { artifact: "one", role: "write" }), grants, "PUT", {
      artifact: "one",
      role: null,
    });
    await end(
      () => org.join(collaborator, undefined, ["builders"]),
      `${org.path}/teams/builders/members/${collaborator.handle}`,
      "DELETE",
    );
    await end(
      () => org.join(collaborator, undefined, ["builders"]),
      `${org.namespace}/members/${collaborator.handle}`,
      "DELETE",
    );
  });
});

describe("a team", () => {
  it("raises what its members may do, for one artifact or for all, and never lowers it", async () => {
    const reader = await org.member("read");
    expect((await pushImage(reader, org.repository("two"), "2.0.0")).status).toBe(403);
    await org.team("two-writers", { two: "write" });
    await answered(org.call(org.owner, "PUT", `${org.path}/teams/two-writers/members/${reader.handle}`));
    expect((await pushImage(reader, org.repository("two"), "2.0.0")).status).toBe(201);
    expect((await pushImage(reader, org.repository("one"), "2.0.0")).status).toBe(403);
    await answered(org.call(org.owner, "PUT", `${org.path}/teams/two-writers/grants`, { role: "write" }));
    expect((await pushImage(reader, org.repository("one"), "2.0.0")).status).toBe(201);

    await org.team("readers", { "*": "read" });
    await answered(org.call(org.owner, "PUT", `${org.path}/teams/readers/members/${org.owner.handle}`));
    expect((await pushImage(org.owner, org.repository("one"), "3.0.0")).status).toBe(201);
  });

  it("is renamed, shown and listed with what it may do", async () => {
    await org.team("first-name", { one: "read", "*": "read" });
    await answered(org.call(org.owner, "PATCH", `${org.path}/teams/first-name`, { name: "second-name" }));
    expect(await refusal(org.owner.send("GET", `${org.path}/teams/first-name`))).toEqual([404, "name_unknown"]);
    expect(await answered(org.owner.send("GET", `${org.path}/teams/second-name`))).toMatchObject({
      name: "second-name",
      members: [],
      grants: [
        { artifact: null, role: "read" },
        { artifact: "one", role: "read" },
      ],
    });
    expect(await refusal(org.call(org.owner, "POST", `${org.path}/teams`, { name: "second-name" }))).toEqual([
      409,
      "already_done",
    ]);
  });

  it("takes nobody in who was not asked", async () => {
    const stranger = await signUp();
    expect(await refusal(org.call(org.owner, "PUT", `${org.path}/teams/builders/members/${stranger.handle}`))).toEqual([
      403,
      "denied",
    ]);
  });
});
