import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { type DirectoryOrg, makeDirectory, patchOf, scimCall, userBody } from "../../testing/directory.ts";
import { freshAccount } from "../../testing/account.ts";
import { answered, refusal } from "../../testing/organisation.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let org: DirectoryOrg;
let other: DirectoryOrg;
beforeAll(async () => {
  [org, other] = [await makeDirectory(), await makeDirectory()];
});

const created = async (of = org, more: Record<string, unknown> = {}) => {
  const body = userBody(more);
  const { status, json } = await of.scim("POST", "/Users", body);
  expect(status).toBe(201);
  return { body, id: json["id"] as string };
};
const bearer = (token: string, method: string, path: string) =>
  exports.default.fetch(
    new Request(`http://registry.test${path}`, { method, headers: { Authorization: `Bearer ${token}` } }),
  );
const ownerOf = async ({ namespaceId }: DirectoryOrg) =>
  (
    await env.DB.prepare("SELECT user_id AS id FROM members WHERE namespace_id = ? AND role = 'owner'")
      .bind(namespaceId)
      .first<{
        id: string;
      }>()
  )?.id ?? "";
const sum = async (sql: string, ...bound: string[]) =>
  (
    await env.DB.prepare(sql)
      .bind(...bound)
      .first<{ n: number }>()
  )?.n;

describe("attack: scim, tokens", () => {
  it("another organisation's token opens nothing, and answers as for one that does not exist", async () => {
    const [theirs, missing, none] = [
      await scimCall(org.handle, other.token, "GET", "/Users"),
      await scimCall("no-such-organisation", other.token, "GET", "/Users"),
      await scimCall(org.handle, undefined, "GET", "/Users"),
    ];
    expect([theirs.status, missing.status, none.status]).toEqual([401, 401, 401]);
    expect(theirs.json).toEqual(missing.json);
    expect(none.json).toEqual(missing.json);
  });

  it("a revoked token ends at once, and another owner cannot revoke it", async () => {
    const path = `${org.path}/sso/scim-tokens`;
    const made = await answered<{ id: string; token: string }>(org.call(org.owner, "POST", path, { name: "x" }));
    expect((await scimCall(org.handle, made.token, "GET", "/Users?count=1")).status).toBe(200);
    const foreign = `${other.path}/sso/scim-tokens/${made.id}`;
    expect((await other.call(other.owner, "DELETE", foreign)).status).toBe(404);
    expect((await org.call(org.owner, "DELETE", `${path}/${made.id}`)).status).toBe(204);
    expect((await scimCall(org.handle, made.token, "GET", "/Users?count=1")).status).toBe(401);
  });

  it.each(["GET /api/v1/auth/keys", "GET /api/v1/orgs/x/teams", "GET /v2/", "POST /api/v1/auth/keys", "GET /v2/token"])(
    "the token is good for nothing else: %s",
    async (call) => {
      const [method = "", path = ""] = call.split(" ");
      expect((await bearer(org.token, method, path)).status).toBe(401);
    },
  );

  it("sessions and API keys of the owner open no directory", async () => {
    const session = org.owner.authorization.replace("Bearer ", "");
    expect((await scimCall(org.handle, session, "GET", "/Users")).status).toBe(401);
    const keys = org.call(org.owner, "POST", "/api/v1/auth/keys", { name: "k", scopes: ["admin"] });
    const { key } = await answered<{ key: string }>(keys);
    expect((await scimCall(org.handle, key, "GET", "/Users")).status).toBe(401);
  });

  it("nobody but an owner makes one, and it is stored only as a hash", async () => {
    const admin = await org.member("admin");
    const path = `${org.path}/sso/scim-tokens`;
    expect(await refusal(org.call(admin, "POST", path, { name: "x" }))).toEqual([403, "denied"]);
    expect((await org.call(admin, "GET", path)).status).toBe(403);
    expect((await other.call(other.owner, "GET", path)).status).toBe(403);
    const rows = await env.DB.prepare("SELECT * FROM scim_tokens").all();
    expect(JSON.stringify(rows.results)).not.toContain(org.token);
    expect(await (await org.call(org.owner, "GET", path)).text()).not.toContain("gati_sc_");
  });
});

describe("attack: scim, ids of another organisation", () => {
  it.each(["GET", "PUT", "PATCH", "DELETE"])("%s of a person is like one that does not exist", async (method) => {
    const { id, body } = await created(other);
    const sent =
      method === "PATCH" ? patchOf({ op: "replace", value: { active: false } }) : method === "PUT" ? body : undefined;
    const answer = await org.scim(method, `/Users/${id}`, sent);
    const missing = await org.scim(method, `/Users/${crypto.randomUUID()}`, sent);
    expect([answer.status, answer.json]).toEqual([404, missing.json]);
    expect((await other.scim("GET", `/Users/${id}`)).json["active"]).toBe(true);
  });

  it.each(["GET", "PUT", "PATCH", "DELETE"])("%s of a group too", async (method) => {
    const { json } = await other.scim("POST", "/Groups", { displayName: `Theirs ${method}` });
    const sent =
      method === "PATCH" ? patchOf({ op: "replace", path: "displayName", value: "Ours" }) : { displayName: "Ours" };
    const answer = await org.scim(
      method,
      `/Groups/${json["id"]}`,
      method === "GET" || method === "DELETE" ? undefined : sent,
    );
    expect(answer.status).toBe(404);
    expect((await other.scim("GET", `/Groups/${json["id"]}`)).json["displayName"]).toBe(`Theirs ${method}`);
  });

  it("their people cannot be put into our groups", async () => {
    const { id } = await created(other);
    const answer = await org.scim("POST", "/Groups", { displayName: "Mixed", members: [{ value: id }] });
    expect([answer.status, answer.json["status"]]).toEqual([400, "400"]);
  });

  it("teams that the directory did not make are no groups, and are not taken over by their name", async () => {
    await org.team("release-managers", { "*": "admin" });
    const { json } = await org.scim("GET", "/Groups?count=200");
    expect(JSON.stringify(json)).not.toContain("release-managers");
    const answer = await org.scim("POST", "/Groups", { displayName: "Release Managers" });
    expect([answer.status, answer.json["scimType"]]).toEqual([409, "uniqueness"]);
    const mine = await org.scim("POST", "/Groups", { displayName: "Harmless" });
    const renamed = patchOf({ op: "replace", path: "displayName", value: "release managers" });
    expect((await org.scim("PATCH", `/Groups/${mine.json["id"]}`, renamed)).status).toBe(409);
  });
});

describe("attack: scim, taking accounts over", () => {
  it("an account is not found by its confirmed address: it stays what it was, and a stranger here", async () => {
    const victim = await freshAccount({ email: "victim@example.org" });
    await env.DB.prepare("UPDATE users SET email_verified_at = 1 WHERE id = ?").bind(victim.id).run();
    const more = { userName: "victim@example.org", emails: [{ value: "victim@example.org", primary: true }] };
    const { id } = await created(org, { ...more, externalId: "victim" });
    expect(await org.roleOf(victim.id)).toBeUndefined();
    expect(await sum("SELECT count(*) AS n FROM directory_users WHERE id = ? AND user_id IS NULL", id)).toBe(1);
    await org.scim("DELETE", `/Users/${id}`);
    expect(await sum("SELECT count(*) AS n FROM users WHERE id = ? AND deleted_at IS NULL", victim.id)).toBe(1);
  });

  it("one organisation's subject is nobody in another one, even with the same issuer", async () => {
    const one = await created(other, { externalId: "shared-subject" });
    const person = await other.comesIn({ subject: "shared-subject" });
    await created(org, { externalId: "shared-subject" });
    expect([await other.roleOf(person.id), await org.roleOf(person.id)]).toEqual(["write", undefined]);
    await other.scim("DELETE", `/Users/${one.id}`);
  });

  it("an id or an account that is sent along is not believed", async () => {
    const victim = await freshAccount();
    const sent = { id: victim.id, userId: victim.id, user_id: victim.id, operator: true, roles: [{ value: "owner" }] };
    const { id } = await created(org, sent);
    expect(id).not.toBe(victim.id);
    expect(await org.roleOf(victim.id)).toBeUndefined();
  });

  it("a pending person goes to the first who proves to be them, and to nobody after that", async () => {
    const { body } = await created();
    const first = await org.comesIn({ subject: body.externalId });
    await expect(org.comesIn({ subject: body.externalId })).rejects.toMatchObject({ code: "denied" });
    expect(await org.roleOf(first.id)).toBe("write");
  });

  it("where addresses tell people apart, one that the provider has not verified is nobody's", async () => {
    const byMail = await makeDirectory({ match: "email" });
    const { body } = await created(byMail);
    await expect(byMail.comesIn({ subject: body.userName })).rejects.toMatchObject({ code: "denied" });
    const person = await byMail.comesIn({ subject: "s", email: body.userName });
    expect(await byMail.roleOf(person.id)).toBe("write");
  });
});

describe("attack: scim, rising", () => {
  it("no attribute makes anybody an operator, an owner or an admin", async () => {
    const { body, id } = await created();
    const person = await org.comesIn({ subject: body.externalId });
    const sent = patchOf(
      { op: "add", path: "roles", value: [{ value: "owner" }] },
      { op: "add", path: "operator", value: true },
      { op: "replace", value: { role: "owner", operator: true, entitlements: ["admin"] } },
    );
    expect((await org.scim("PATCH", `/Users/${id}`, sent)).status).toBe(200);
    expect(await org.roleOf(person.id)).toBe("write");
    expect(await sum("SELECT count(*) AS n FROM users WHERE id = ? AND operator = 1", person.id)).toBe(0);
  });

  it("a group grants nothing by itself, whatever it is called", async () => {
    const { json } = await org.scim("POST", "/Groups", { displayName: "owners" });
    expect(await sum("SELECT count(*) AS n FROM team_grants WHERE team_id = ?", json["id"])).toBe(0);
  });

  it("somebody who is an admin already is not made more or less by provisioning", async () => {
    const { body, id } = await created();
    const person = await org.comesIn({ subject: body.externalId });
    await answered(org.call(org.owner, "PUT", `${org.namespace}/members/${person.handle}`, { role: "read" }));
    await org.scim("PATCH", `/Users/${id}`, patchOf({ op: "replace", path: "active", value: "True" }));
    expect(await org.roleOf(person.id)).toBe("read");
  });
});

describe("attack: scim, ends", () => {
  async function ownerInDirectory() {
    const alone = await makeDirectory();
    const owner = await ownerOf(alone);
    const { body, id } = await created(alone);
    await alone.comesIn({ subject: body.externalId }, { id: owner, handle: alone.owner.handle } as never);
    return { alone, owner, id };
  }

  it.each(["DELETE", "PATCH", "PUT"])("%s does not take the last owner", async (method) => {
    const { alone, owner, id } = await ownerInDirectory();
    const sent = {
      DELETE: undefined,
      PATCH: patchOf({ op: "Replace", path: "active", value: "False" }),
      PUT: userBody({ active: false }),
    };
    const answer = await alone.scim(method, `/Users/${id}`, sent[method as "PUT"]);
    expect([answer.status, answer.json["status"]]).toEqual([409, "409"]);
    expect(answer.json["detail"]).toContain("last owner");
    expect(await alone.roleOf(owner)).toBe("owner");
    expect((await alone.scim("GET", `/Users/${id}`)).json["active"]).toBe(true);
  });

  it("of two owners whose ends come at once one stays", async () => {
    const { alone, owner, id } = await ownerInDirectory();
    const second = await created(alone);
    const person = await alone.comesIn({ subject: second.body.externalId });
    await answered(alone.call(alone.owner, "PUT", `${alone.namespace}/members/${person.handle}`, { role: "owner" }));
    const answers = await Promise.all([id, second.id].map((one) => alone.scim("DELETE", `/Users/${one}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
    expect([await alone.roleOf(owner), await alone.roleOf(person.id)].filter(Boolean)).toEqual(["owner"]);
  });

  it("who was deprovisioned does not come back by signing in, nor by their old key or session", async () => {
    const { body, id } = await created();
    const person = await org.comesIn({ subject: body.externalId });
    const keys = new Request("http://registry.test/api/v1/auth/keys", {
      method: "POST",
      headers: { Authorization: `Bearer ${person.token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ name: "k", scopes: ["admin"] }),
    });
    const { key } = await answered<{ key: string }>(exports.default.fetch(keys));
    expect((await bearer(key, "GET", `${org.path}/teams`)).status).toBe(200);
    await org.scim("PATCH", `/Users/${id}`, patchOf({ op: "replace", value: { active: false } }));
    expect((await bearer(key, "GET", `${org.path}/teams`)).status).toBe(403);
    expect((await bearer(person.token, "POST", "/api/v1/orgs")).status).toBe(401);
    await expect(org.comesIn({ subject: body.externalId }, person)).rejects.toMatchObject({ code: "denied" });
    await org.scim("DELETE", `/Users/${id}`);
    await expect(org.comesIn({ subject: body.externalId }, person)).rejects.toMatchObject({ code: "denied" });
    expect(await org.roleOf(person.id)).toBeUndefined();
  });

  it("where there is a directory, nobody whom it does not know comes in", async () => {
    await expect(org.comesIn({ subject: "nobody-told-of-me" })).rejects.toMatchObject({ code: "denied" });
  });
});

describe("attack: scim, what is sent", () => {
  it.each([
    'userName eq "x" or 1 eq 1',
    'userName eq "x\') OR 1=1 --" or id pr',
    'userName ne "x"',
    'userName co "e"',
    'not (userName eq "x")',
    'password eq "x"',
    'userId eq "x"',
    '__proto__ eq "x"',
    "userName eq",
    '"',
    `${"(".repeat(400)}userName eq "x"${")".repeat(400)}`,
    `userName eq "${"x".repeat(2000)}"`,
  ])("a filter that is not offered is refused: %s", async (filter) => {
    const { status, json } = await org.scim("GET", `/Users?filter=${encodeURIComponent(filter)}`);
    // Brackets alone are no harm: they find nobody.
    expect([status, json["scimType"], json["totalResults"]]).toBeOneOf([
      [400, "invalidFilter", undefined],
      [200, undefined, 0],
    ]);
  });

  it("what looks like SQL is compared as text", async () => {
    const filter = encodeURIComponent(`userName eq "' OR '1'='1"`);
    expect((await org.scim("GET", `/Users?filter=${filter}`)).json["totalResults"]).toBe(0);
  });

  it.each(["count=1000000000", "count=999999999", "startIndex=-5&count=-1", "count=1e9", "startIndex=x"])(
    "a page is never huge: %s",
    async (query) => {
      const { status, json } = await org.scim("GET", `/Users?${query}`);
      expect(status === 400 || json["itemsPerPage"] <= 200).toBe(true);
    },
  );

  it.each([
    ["no JSON", "{"],
    ["a list", []],
    ["no operations", { Operations: [] }],
    ["an operation of another kind", patchOf({ op: "move", path: "active", value: false })],
    ["a removal of everything", patchOf({ op: "remove" })],
    ["a path through the prototype", patchOf({ op: "add", path: "__proto__.active", value: false })],
    ["another id", patchOf({ op: "replace", path: "id", value: "x" })],
    ["groups", patchOf({ op: "add", path: "groups", value: [{ value: "x" }] })],
    ["no switch", patchOf({ op: "replace", path: "active", value: "perhaps" })],
    ["an empty name", patchOf({ op: "replace", path: "userName", value: "" })],
    [
      "a thousand operations",
      patchOf(...Array.from({ length: 1000 }, () => ({ op: "add", path: "title", value: "x" }))),
    ],
  ])("PATCH with %s changes nothing", async (_, body) => {
    const { id } = await created();
    const before = (await org.scim("GET", `/Users/${id}`)).json;
    const { status, headers, json } = await org.scim("PATCH", `/Users/${id}`, body);
    expect([status, headers.get("content-type"), json["status"]]).toEqual([400, "application/scim+json", "400"]);
    expect((await org.scim("GET", `/Users/${id}`)).json).toEqual(before);
  });

  it("a body beyond all measure is refused", async () => {
    expect((await org.scim("POST", "/Users", "x".repeat(300_000))).status).toBe(413);
  });
});
