import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { type Client, signUp } from "../../testing/client.ts";
import { rows } from "../../testing/graph.ts";
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
let other: Organisation;
let admin: Client;
let writer: Client;
let reader: Client;
let outsider: Client;

beforeAll(async () => {
  [org, other] = [await makeOrganisation(), await makeOrganisation()];
  await org.team("core", { thing: "write" });
  await other.team("core", { thing: "write" });
  await other.team("secret-project", { "*": "read" });
  [admin, writer, reader, outsider] = [
    await org.member("admin"),
    await org.member("write"),
    await org.member("read"),
    await signUp(),
  ];
  await pushImage(org.owner, org.repository("thing"), "1.0.0");
  await pushImage(other.owner, other.repository("thing"), "1.0.0");
});

const invite = (as: Client, to: Organisation, body: unknown) =>
  org.call(as, "POST", `${to.namespace}/invitations`, body);
const answer = (as: Client, body: unknown) => org.call(as, "POST", "/api/v1/account/invitations/answer", body);
const denied = [403, "denied"] as const;
const unknown = [404, "name_unknown"] as const;

describe("attack: organisations, teams", () => {
  it.each(["write", "read"] as const)("somebody with the role %s makes no team and grants nothing", async (role) => {
    const who = role === "write" ? writer : reader;
    expect(await refusal(org.call(who, "POST", `${org.path}/teams`, { name: "mine" }))).toEqual(denied);
    expect(await refusal(org.call(who, "PUT", `${org.path}/teams/core/grants`, { role: "admin" }))).toEqual(denied);
    expect(await refusal(org.call(who, "PUT", `${org.path}/teams/core/members/${who.handle}`))).toEqual(denied);
    expect(await refusal(org.call(who, "DELETE", `${org.path}/teams/core`))).toEqual(denied);
  });

  it("an admin of one organisation changes no team of another one of the same name", async () => {
    for (const [method, path, body] of [
      ["GET", "/teams/core", undefined],
      ["PATCH", "/teams/core", { name: "taken" }],
      ["DELETE", "/teams/core", undefined],
      ["PUT", "/teams/core/grants", { role: "admin" }],
      ["PUT", `/teams/core/members/${admin.handle}`, undefined],
    ] as const) {
      expect(await refusal(org.call(admin, method, `${other.path}${path}`, body))).toEqual(denied);
    }
    expect(await answered(other.owner.send("GET", `${other.path}/teams/core`))).toMatchObject({
      members: [],
      grants: [{ artifact: "thing", role: "write" }],
    });
  });

  it("a grant reaches no artifact of another organisation, whatever its name", async () => {
    const member = await org.member(undefined, ["core"]);
    expect((await pushImage(member, org.repository("thing"), "1.1.0")).status).toBe(201);
    expect((await pushImage(member, other.repository("thing"), "1.1.0")).status).toBe(403);
    const grants = `${org.path}/teams/core/grants`;
    const outside = [
      `../${other.handle}/thing`,
      `${other.repository("thing")}`,
      "thing/../other",
      "*",
      "%2A",
      "thing ",
    ];
    for (const artifact of outside) {
      expect(await refusal(org.call(admin, "PUT", grants, { artifact, role: "write" }))).toEqual([400, "name_invalid"]);
    }
  });

  it("a grant of one artifact gives no right over the organisation", async () => {
    await org.team("owners-of-thing", { thing: "admin" });
    const member = await org.member(undefined, ["owners-of-thing"]);
    for (const [method, path, body] of [
      ["PATCH", org.namespace, { visibility: "private" }],
      ["PUT", `${org.namespace}/members/${member.handle}`, { role: "owner" }],
      ["POST", `${org.namespace}/invitations`, { handle: outsider.handle, role: "read" }],
      ["POST", `${org.path}/teams`, { name: "x" }],
      [
        "PUT",
        `${org.path}/policy`,
        { secondFactor: false, signIn: null, networks: null, licences: null, approval: false },
      ],
      ["GET", `${org.namespace}/members`, undefined],
    ] as const) {
      expect(await refusal(org.call(member, method, path, body))).toEqual(denied);
    }
    expect((await pushImage(member, org.repository("other"), "1.0.0")).status).toBe(403);
  });

  it("no team can be made an owner, and no grant holds more than admin", async () => {
    expect(await refusal(org.call(admin, "PUT", `${org.path}/teams/core/grants`, { role: "owner" }))).toEqual([
      400,
      "invalid_request",
    ]);
  });

  it("an admin by a team makes no owner and removes none", async () => {
    await org.team("admins", { "*": "admin" });
    const member = await org.member(undefined, ["admins"]);
    const place = (who: Client) => `${org.namespace}/members/${who.handle}`;
    expect(await refusal(org.call(member, "PUT", place(reader), { role: "owner" }))).toEqual(denied);
    expect(await refusal(org.call(member, "PUT", place(org.owner), { role: "read" }))).toEqual(denied);
    expect(await refusal(org.call(member, "DELETE", place(org.owner)))).toEqual(denied);
    expect((await org.call(member, "PUT", place(reader), { role: "read" })).status).toBe(200);
  });

  it("names of teams are not told to outsiders: a team that is there answers like one that is not", async () => {
    await answered(org.call(other.owner, "PATCH", other.namespace, { visibility: "private" }));
    for (const who of [outsider, admin]) {
      for (const team of ["secret-project", "nonesuch"]) {
        const path = `${other.path}/teams/${team}`;
        expect(await refusal(who.send("GET", path))).toEqual(unknown);
        expect(await refusal(org.call(who, "PUT", `${path}/members/${who.handle}`))).toEqual(unknown);
      }
      expect(await refusal(who.send("GET", `${other.path}/teams`))).toEqual(unknown);
    }
    await answered(org.call(other.owner, "PATCH", other.namespace, { visibility: "public" }));
    for (const team of ["secret-project", "nonesuch"])
      expect(await refusal(outsider.send("GET", `${other.path}/teams/${team}`))).toEqual(denied);
  });

  it("a user's own namespace has no teams, and nobody makes some for it", async () => {
    expect(await refusal(org.call(outsider, "POST", `/api/v1/orgs/${outsider.handle}/teams`, { name: "x" }))).toEqual(
      unknown,
    );
  });

  it("rights by a team end with it for a registry token that is about", async () => {
    await org.team("leavers", { thing: "write" });
    const member = await org.member(undefined, ["leavers"]);
    const scope = `repository:${org.repository("thing")}:pull,push`;
    const { token } = await answered<{ token: string }>(member.send("GET", `/v2/token?scope=${scope}`));
    const asToken = {
      ...member,
      send: ((method, path, init) =>
        member.send(method, path, {
          ...init,
          headers: { ...init?.headers, Authorization: `Bearer ${token}` },
        })) as Client["send"],
    };
    expect((await pushImage(asToken, org.repository("thing"), "5.0.0")).status).toBe(201);
    await answered(org.call(org.owner, "DELETE", `${org.path}/teams/leavers`));
    expect((await pushImage(asToken, org.repository("thing"), "5.1.0")).status).toBe(403);
  });
});

describe("attack: organisations, members", () => {
  it("nobody is put into an organisation without being asked", async () => {
    const place = `${org.namespace}/members/${outsider.handle}`;
    expect(await refusal(org.call(org.owner, "PUT", place, { role: "read" }))).toEqual(denied);
    expect(await statusOf(outsider, `${org.namespace}/members`)).toBe(403);
  });

  it("an admin does not make themselves an owner", async () => {
    const place = `${org.namespace}/members/${admin.handle}`;
    expect(await refusal(org.call(admin, "PUT", place, { role: "owner" }))).toEqual(denied);
    expect(await refusal(invite(admin, org, { handle: outsider.handle, role: "owner" }))).toEqual(denied);
  });

  it("two owners who remove each other at the same moment leave one", async () => {
    for (let round = 0; round < 8; round++) {
      const pair = await makeOrganisation();
      const second = await pair.member("owner");
      const statuses = await Promise.all([
        pair.call(pair.owner, "DELETE", `${pair.namespace}/members/${second.handle}`),
        pair.call(second, "DELETE", `${pair.namespace}/members/${pair.owner.handle}`),
      ]);
      expect(statuses.filter(({ status }) => status === 204)).toHaveLength(1);
      const owners = await rows(
        "SELECT user_id FROM members m JOIN namespaces n ON n.id = m.namespace_id WHERE n.handle = ? AND role = 'owner'",
        pair.handle,
      );
      expect(owners).toHaveLength(1);
    }
  });

  it("two owners who step down, leave or delete their accounts at the same moment leave one", async () => {
    const ways: ((of: Organisation, who: Client) => Promise<Response>)[] = [
      (of, who) => of.call(who, "DELETE", `${of.namespace}/members/${who.handle}`),
      (of, who) => of.call(who, "PUT", `${of.namespace}/members/${who.handle}`, { role: "read" }),
      (of, who) => of.call(who, "DELETE", "/api/v1/account", { password: "correct horse battery" }),
    ];
    for (const one of ways) {
      for (const another of ways) {
        const pair = await makeOrganisation();
        const second = await pair.member("owner");
        await Promise.all([one(pair, pair.owner), another(pair, second)]);
        const owners = await rows(
          "SELECT user_id FROM members m JOIN namespaces n ON n.id = m.namespace_id WHERE n.handle = ? AND role = 'owner'",
          pair.handle,
        );
        expect(owners.length).toBeGreaterThan(0);
      }
    }
  });

  it("an owner who was removed meanwhile removes nobody", async () => {
    const pair = await makeOrganisation();
    const [second, third] = [await pair.member("owner"), await pair.member("owner")];
    await answered(pair.call(third, "DELETE", `${pair.namespace}/members/${second.handle}`));
    expect(await refusal(pair.call(second, "DELETE", `${pair.namespace}/members/${third.handle}`))).toEqual(denied);
  });

  it("a narrowed key does not let its owner leave a namespace that it does not reach", async () => {
    const { key } = await answered<{ key: string }>(
      org.call(reader, "POST", "/api/v1/auth/keys", { name: "n", scopes: ["admin"], reach: [org.repository("thing")] }),
    );
    const response = await reader.send("DELETE", `${org.namespace}/members/${reader.handle}`, {
      headers: { Authorization: `Bearer ${key}` },
    });
    expect(await refusal(response)).toEqual(unknown);
    expect(await statusOf(reader, `${org.namespace}/members`)).toBe(200);
  });
});

describe("attack: organisations, invitations", () => {
  const create = async (to: Organisation, as: Client, body: Record<string, unknown>) =>
    (await answered<{ id: string }>(invite(as, to, body))).id;

  it("is answered by nobody but who is invited", async () => {
    const invited = await signUp();
    const id = await create(org, admin, { handle: invited.handle, role: "read" });
    for (const who of [outsider, admin, org.owner])
      expect(await refusal(answer(who, { id, accept: true }))).toEqual(unknown);
    expect(await refusal(answer(outsider, { id, accept: false }))).toEqual(unknown);
    await answered(answer(invited, { id, accept: true }));
  });

  it("is answered once, also when two answers come at the same moment", async () => {
    for (let round = 0; round < 5; round++) {
      const invited = await signUp();
      const id = await create(org, org.owner, { handle: invited.handle, role: "read" });
      const both = await Promise.all([answer(invited, { id, accept: true }), answer(invited, { id, accept: false })]);
      expect(both.map(({ status }) => status).toSorted()).toEqual([200, 404]);
      expect(await refusal(answer(invited, { id, accept: true }))).toEqual(unknown);
    }
  });

  it("that was revoked, declined or replaced is void", async () => {
    const invited = await signUp();
    const revoked = await create(org, admin, { handle: invited.handle, role: "read" });
    await answered(org.call(admin, "DELETE", `${org.namespace}/invitations/${revoked}`));
    const first = await create(org, admin, { handle: invited.handle, role: "admin" });
    const second = await create(org, admin, { handle: invited.handle, role: "read" });
    for (const id of [revoked, first]) expect(await refusal(answer(invited, { id, accept: true }))).toEqual(unknown);
    await answered(answer(invited, { id: second, accept: false }));
    expect(await refusal(answer(invited, { id: second, accept: true }))).toEqual(unknown);
  });

  it("that is too old is void, and is not listed", async () => {
    const invited = await signUp();
    const id = await create(org, admin, { handle: invited.handle, role: "read" });
    await env.DB.prepare("UPDATE invitations SET expires_at = ? WHERE id = ?")
      .bind(Date.now() - 1, id)
      .run();
    expect(await refusal(answer(invited, { id, accept: true }))).toEqual(unknown);
    expect(await answered(invited.send("GET", "/api/v1/account/invitations"))).toEqual({ invitations: [] });
  });

  it.each(["removed", "demoted"])("of an admin who was %s meanwhile is void", async (what) => {
    const inviter = await org.member("admin");
    const invited = await signUp();
    const id = await create(org, inviter, { handle: invited.handle, role: "admin" });
    const place = `${org.namespace}/members/${inviter.handle}`;
    await answered(
      what === "removed" ? org.call(org.owner, "DELETE", place) : org.call(org.owner, "PUT", place, { role: "write" }),
    );
    expect(await refusal(answer(invited, { id, accept: true }))).toEqual(unknown);
    expect(await answered(invited.send("GET", "/api/v1/account/invitations"))).toEqual({ invitations: [] });
  });

  it("to become an owner is void once who invited is an owner no more", async () => {
    const inviter = await org.member("owner");
    const invited = await signUp();
    const id = await create(org, inviter, { handle: invited.handle, role: "owner" });
    await answered(org.call(org.owner, "PUT", `${org.namespace}/members/${inviter.handle}`, { role: "admin" }));
    expect(await refusal(answer(invited, { id, accept: true }))).toEqual(unknown);
  });

  it("of another organisation is not listed, and not revoked by an admin of this one", async () => {
    const invited = await signUp();
    const id = await create(other, other.owner, { handle: invited.handle, role: "read" });
    expect(await refusal(admin.send("GET", `${other.namespace}/invitations`))).toEqual(denied);
    expect(await refusal(org.call(admin, "DELETE", `${other.namespace}/invitations/${id}`))).toEqual(denied);
    expect(await refusal(org.call(admin, "DELETE", `${org.namespace}/invitations/${id}`))).toEqual(unknown);
    await answered(answer(invited, { id, accept: true }));
  });

  it("into a team of another organisation cannot be made, by its name or its id", async () => {
    const [team] = await rows<{ id: string }>("SELECT id FROM teams WHERE name = 'secret-project'");
    for (const name of ["secret-project", team?.id ?? ""]) {
      const body = { handle: outsider.handle, teams: [name] };
      expect(await refusal(invite(admin, org, body))).toEqual(unknown);
    }
  });

  it("does not raise the role of a member", async () => {
    const member = await org.member("read");
    expect(await refusal(invite(admin, org, { handle: member.handle, role: "admin" }))).toEqual([409, "already_done"]);
  });

  it.each(["read", "write"] as const)("is made by nobody with the role %s", async (role) => {
    const who = role === "read" ? reader : writer;
    expect(await refusal(invite(who, org, { handle: outsider.handle, role: "read" }))).toEqual(denied);
    expect(await refusal(who.send("GET", `${org.namespace}/invitations`))).toEqual(denied);
  });

  it("is not answered by a key without the scope admin, nor by a narrowed one", async () => {
    const invited = await signUp();
    const id = await create(org, admin, { handle: invited.handle, role: "read" });
    for (const bounds of [{ scopes: ["publish"] }, { scopes: ["admin"], reach: [invited.repository("x")] }]) {
      const { key } = await answered<{ key: string }>(
        org.call(invited, "POST", "/api/v1/auth/keys", { name: "k", ...bounds }),
      );
      const response = await invited.send("POST", "/api/v1/account/invitations/answer", {
        body: JSON.stringify({ id, accept: true }),
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${key}` },
      });
      expect(await refusal(response)).toEqual([403, "insufficient_scope"]);
    }
  });
});
