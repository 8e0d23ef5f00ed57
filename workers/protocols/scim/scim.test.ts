import { exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { type DirectoryOrg, makeDirectory, patchOf, userBody } from "../../testing/directory.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let org: DirectoryOrg;
beforeAll(async () => {
  org = await makeDirectory();
});

const created = async (more: Record<string, unknown> = {}) => {
  const body = userBody(more);
  const { status, json } = await org.scim("POST", "/Users", body);
  expect(status).toBe(201);
  return { body, id: json["id"] as string };
};
const works = async (token: string, path = org.path) =>
  (
    await exports.default.fetch(
      new Request(`http://registry.test${path}/teams`, { headers: { Authorization: `Bearer ${token}` } }),
    )
  ).status;

describe("discovery", () => {
  it.each(["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"])("%s answers in SCIM's media type", async (path) => {
    const { status, headers, json } = await org.scim("GET", path);
    expect([status, headers.get("content-type")]).toEqual([200, "application/scim+json"]);
    expect(json["schemas"]).toHaveLength(1);
  });
  it("says that there is no bulk, and one schema by its id", async () => {
    expect((await org.scim("GET", "/ServiceProviderConfig")).json).toMatchObject({
      patch: { supported: true },
      bulk: { supported: false },
    });
    const id = "urn:ietf:params:scim:schemas:core:2.0:User";
    expect((await org.scim("GET", `/Schemas/${id}`)).json).toMatchObject({ id, name: "User" });
    expect((await org.scim("GET", "/Schemas/none")).json).toMatchObject({ status: "404" });
  });
});

describe("users, as Okta provisions them", () => {
  it("looks for one, finds none, creates it, sees it again, and finds it by its name in any case", async () => {
    const body = userBody();
    const query = `/Users?filter=${encodeURIComponent(`userName eq "${body.userName}"`)}&startIndex=1&count=100`;
    expect((await org.scim("GET", query)).json).toMatchObject({ totalResults: 0, Resources: [] });
    const made = await org.scim("POST", "/Users", {
      ...body,
      password: "1mz050nq",
      locale: "en-US",
      groups: [],
      displayName: "Ann Example",
    });
    expect(made.status).toBe(201);
    expect(made.headers.get("location")).toBe(made.json["meta"].location);
    expect(made.json).toMatchObject({ userName: body.userName, externalId: body.externalId, active: true });
    expect(JSON.stringify(made.json)).not.toContain("1mz050nq");
    expect((await org.scim("GET", `/Users/${made.json["id"]}`)).json).toEqual(made.json);
    const loud = `/Users?filter=${encodeURIComponent(`userName eq "${body.userName.toUpperCase()}"`)}`;
    expect((await org.scim("GET", loud)).json).toMatchObject({ totalResults: 1, startIndex: 1, itemsPerPage: 1 });
    const again = await org.scim("POST", "/Users", body);
    expect([again.status, again.json["scimType"], again.json["status"]]).toEqual([409, "uniqueness", "409"]);
  });

  it("a person who was provisioned waits, and is a member from the first sign-in on", async () => {
    const { body, id } = await created();
    const person = await org.comesIn({ subject: body.externalId });
    expect(await org.roleOf(person.id)).toBe("write");
    expect(await works(person.token)).toBe(200);
    expect((await org.scim("GET", `/Users/${id}`)).json["active"]).toBe(true);
  });

  it("deactivates by PATCH without a path, and takes back by PUT", async () => {
    const { body, id } = await created();
    const person = await org.comesIn({ subject: body.externalId });
    const off = await org.scim("PATCH", `/Users/${id}`, patchOf({ op: "replace", value: { active: false } }));
    expect([off.status, off.json["active"]]).toEqual([200, false]);
    expect(await org.roleOf(person.id)).toBeUndefined();
    const on = await org.scim("PUT", `/Users/${id}`, { ...body, id, active: true });
    expect([on.status, on.json["active"]]).toEqual([200, true]);
    expect(await org.roleOf(person.id)).toBe("write");
  });
});

describe("users, as Entra ID provisions them", () => {
  it("asks for a user that cannot be, and takes an empty list for a good answer", async () => {
    const filter = encodeURIComponent('externalId eq "00aa00aa-bb11-cc22-dd33-44ee44ee44ee"');
    const { status, json } = await org.scim("GET", `/Users?filter=${filter}`);
    expect([status, json["totalResults"]]).toEqual([200, 0]);
  });

  it.each([
    ["a string", { op: "Replace", path: "active", value: "False" }],
    ["a switch", { op: "replace", path: "active", value: false }],
    ["a wrapped switch", { op: "Replace", path: "active", value: { active: "False" } }],
    ["a list of changes", { op: "Replace", value: { active: "False", "name.givenName": "Bea" } }],
    [
      "the attribute's whole name",
      { op: "add", path: "urn:ietf:params:scim:schemas:core:2.0:User:active", value: "false" },
    ],
  ])("deactivates with %s: membership, teams and sessions end", async (_, operation) => {
    const { body, id } = await created();
    const person = await org.comesIn({ subject: body.externalId });
    expect(await works(person.token)).toBe(200);
    const { status, json } = await org.scim("PATCH", `/Users/${id}`, patchOf(operation));
    expect([status, json["active"]]).toEqual([200, false]);
    expect(await org.roleOf(person.id)).toBeUndefined();
    const account = new Request("http://registry.test/api/v1/auth/keys", {
      headers: { Authorization: `Bearer ${person.token}` },
    });
    expect((await exports.default.fetch(account)).status).toBe(401);
  });

  it("changes attributes by the paths that it uses, and what is not kept is left aside", async () => {
    const { id } = await created();
    const { status, json } = await org.scim(
      "PATCH",
      `/Users/${id}`,
      patchOf(
        { op: "Replace", path: 'emails[type eq "work"].value', value: "new@example.org" },
        { op: "Add", path: "name.familyName", value: "Changed" },
        { op: "Add", path: "displayName", value: "Ann C." },
        { op: "Add", path: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", value: "Tests" },
        { op: "Replace", path: 'phoneNumbers[type eq "work"].value', value: "1" },
      ),
    );
    expect(status).toBe(200);
    expect(json).toMatchObject({
      displayName: "Ann C.",
      name: { givenName: "Ann", familyName: "Changed", formatted: "Ann Changed" },
      emails: [{ value: "new@example.org" }],
    });
    const filter = encodeURIComponent('emails[type eq "work"].value eq "NEW@example.org"');
    expect((await org.scim("GET", `/Users?filter=${filter}`)).json["totalResults"]).toBe(1);
  });

  it("deletes a person: gone here, the account stays", async () => {
    const { body, id } = await created();
    const person = await org.comesIn({ subject: body.externalId });
    expect((await org.scim("DELETE", `/Users/${id}`)).status).toBe(204);
    expect((await org.scim("GET", `/Users/${id}`)).json).toMatchObject({ status: "404" });
    expect(await org.roleOf(person.id)).toBeUndefined();
    const own = await exports.default.fetch(new Request(`http://registry.test/users/${person.handle}`));
    expect(own.status).toBe(200);
    const back = await org.scim("POST", "/Users", body);
    expect(back.status).toBe(201);
    expect(await org.roleOf(person.id)).toBe("write");
  });
});

describe("pages", () => {
  it("go through everybody once, and tell how many there are", async () => {
    const other = await makeDirectory();
    for (let i = 0; i < 5; i++) await other.scim("POST", "/Users", userBody());
    const seen = new Set<string>();
    for (const start of [1, 3, 5]) {
      const { json } = await other.scim("GET", `/Users?startIndex=${start}&count=2`);
      expect(json).toMatchObject({ totalResults: 5, startIndex: start });
      for (const one of json["Resources"]) seen.add(one.id);
    }
    expect(seen.size).toBe(5);
    expect((await other.scim("GET", "/Users?count=0")).json).toMatchObject({ totalResults: 5, Resources: [] });
  });
});

describe("groups", () => {
  const group = async (displayName: string, more: Record<string, unknown> = {}) => {
    const { status, json } = await org.scim("POST", "/Groups", { displayName, ...more });
    expect(status).toBe(201);
    return json["id"] as string;
  };

  it("people who are here are in the team at once, others from their first sign-in on; Okta's changes", async () => {
    const [here, later] = [await created(), await created()];
    const person = await org.comesIn({ subject: here.body.externalId });
    const id = await group("Docs Writers", { members: [{ value: here.id }] });
    expect(await org.teamsOf(person.id)).toEqual(["docs-writers"]);
    await org.scim("PATCH", `/Groups/${id}`, patchOf({ op: "add", path: "members", value: [{ value: later.id }] }));
    const second = await org.comesIn({ subject: later.body.externalId });
    expect(await org.teamsOf(second.id)).toEqual(["docs-writers"]);
    const path = `members[value eq "${here.id}"]`;
    await org.scim("PATCH", `/Groups/${id}`, patchOf({ op: "remove", path }));
    expect(await org.teamsOf(person.id)).toEqual([]);
    const renamed = patchOf({ op: "replace", value: { id, displayName: "Editors" } });
    expect((await org.scim("PATCH", `/Groups/${id}`, renamed)).json).toMatchObject({
      displayName: "Editors",
      members: [{ value: later.id, display: later.body.userName }],
    });
    expect(await org.teamsOf(second.id)).toEqual(["editors"]);
  });

  it("Entra ID's changes: members in the value of a removal, lists without members, replacing them all", async () => {
    const [one, two] = [await created(), await created()];
    const first = await org.comesIn({ subject: one.body.externalId });
    const id = await group("Entra Group", { externalId: "8aa1a0c0", members: [] });
    const filter = encodeURIComponent('displayName eq "Entra Group"');
    const found = await org.scim("GET", `/Groups?excludedAttributes=members&filter=${filter}`);
    expect(found.json).toMatchObject({ totalResults: 1, Resources: [{ id, externalId: "8aa1a0c0" }] });
    expect(found.json["Resources"][0].members).toBeUndefined();
    const both = [
      { $ref: null, value: one.id },
      { $ref: null, value: two.id },
    ];
    await org.scim("PATCH", `/Groups/${id}`, patchOf({ op: "Add", path: "members", value: both }));
    await org.scim("PATCH", `/Groups/${id}`, patchOf({ op: "Remove", path: "members", value: [{ value: two.id }] }));
    expect((await org.scim("GET", `/Groups/${id}`)).json["members"]).toHaveLength(1);
    expect(await org.teamsOf(first.id)).toEqual(["entra-group"]);
    await org.scim("PATCH", `/Groups/${id}`, patchOf({ op: "Replace", path: "members", value: [{ value: two.id }] }));
    expect(await org.teamsOf(first.id)).toEqual([]);
    await org.scim("PATCH", `/Groups/${id}`, patchOf({ op: "Remove", path: "members" }));
    expect((await org.scim("GET", `/Groups/${id}`)).json["members"]).toEqual([]);
  });

  it("PUT replaces a group, DELETE takes the team and what it granted", async () => {
    const one = await created();
    const person = await org.comesIn({ subject: one.body.externalId });
    const id = await group("Short Lived", { members: [{ value: one.id }] });
    await org.scim("PUT", `/Groups/${id}`, { displayName: "Short Lived", members: [] });
    expect(await org.teamsOf(person.id)).toEqual([]);
    expect((await org.scim("DELETE", `/Groups/${id}`)).status).toBe(204);
    expect((await org.call(org.owner, "GET", `${org.path}/teams/short-lived`)).status).toBe(404);
  });
});

it("each change is in the organisation's audit log, by the directory", async () => {
  const { id } = await created();
  await org.scim("PATCH", `/Users/${id}`, patchOf({ op: "replace", value: { active: false } }));
  const { json } = {
    json: await (await org.call(org.owner, "GET", `${org.namespace}/audit`)).json<{ entries: never[] }>(),
  };
  const told = (
    json.entries as { action: string; origin: { actor: { kind: string } }; details: { person?: string } }[]
  ).filter(({ details }) => details.person === id);
  expect(told.map(({ action, origin }) => [action, origin.actor.kind])).toEqual([
    ["directory.person_added", "directory"],
    ["directory.person_ended", "directory"],
  ]);
});
