import { beforeAll, describe, expect, it } from "vitest";
import { type Credential, shared } from "../support/api.ts";
import { expectProblem } from "../support/errors.ts";
import { makeOrganization, type Person, type Role, setRole, setVisibility, signUp, unique } from "../support/people.ts";

let owner: Person;
let other: Person;
let stranger: Person;
beforeAll(async () => {
  [owner, other, stranger] = await Promise.all([signUp(shared), signUp(shared), signUp(shared)]);
});

const path = (organization: string) => `/api/v1/namespaces/orgs/${organization}`;
const memberPath = (organization: string, member: Person) => `${path(organization)}/members/${member.handle}`;
const put = (organization: string, member: Person, role: string, as: Credential | undefined) =>
  shared.send("PUT", memberPath(organization, member), { as, json: { role } });
const remove = (organization: string, member: Person, as: Credential | undefined) =>
  shared.send("DELETE", memberPath(organization, member), { as });

async function rolesOf(organization: string): Promise<Record<string, Role>> {
  const { members } = await shared.read<{ members: { handle: string; role: Role }[] }>(
    "GET",
    `${path(organization)}/members`,
    { as: owner.session },
  );
  return Object.fromEntries(members.map((member) => [member.handle, member.role]));
}

describe("an organisation", () => {
  it("belongs to whoever makes it", async () => {
    const handle = unique("org");
    const response = await shared.send("POST", "/api/v1/orgs", { as: owner.session, json: { handle } });
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({
      namespace: `orgs/${handle}`,
      kind: "orgs",
      handle,
      visibility: "public",
      role: "owner",
      createdAt: expect.any(String),
      publisher: { verified: [] },
    });
    expect(await rolesOf(handle)).toEqual({ [owner.handle]: "owner" });
  });

  it("needs a handle that no user and no organisation has", async () => {
    const taken = await makeOrganization(shared, owner);
    for (const handle of [taken, stranger.handle, "admin"]) {
      await expectProblem(
        await shared.send("POST", "/api/v1/orgs", { as: owner.session, json: { handle } }),
        409,
        "name_taken",
      );
    }
    await expectProblem(
      await shared.send("POST", "/api/v1/auth/sign-up", { json: { handle: taken, password: owner.password } }),
      409,
      "name_taken",
    );
    await expectProblem(
      await shared.send("POST", "/api/v1/orgs", { as: owner.session, json: { handle: "No Handle" } }),
      400,
      "name_invalid",
    );
    await expectProblem(
      await shared.send("POST", "/api/v1/orgs", { json: { handle: unique("org") } }),
      401,
      "unauthenticated",
    );
  });

  it("that is private is unknown to outsiders and known to members", async () => {
    const organization = await makeOrganization(shared, owner);
    await setRole(shared, owner, organization, other, "read");
    await setVisibility(shared, owner.session, path(organization), "private");
    for (const as of [undefined, stranger.session]) {
      const hidden = await expectProblem(await shared.send("GET", path(organization), { as }), 404, "name_unknown");
      const missing = await expectProblem(
        await shared.send("GET", path(`${organization}x`), { as }),
        404,
        "name_unknown",
      );
      expect(hidden.detail).toBe(missing.detail.replace(`${organization}x`, organization));
    }
    await expectProblem(await put(organization, stranger, "owner", stranger.session), 404, "name_unknown");
    expect(await shared.read("GET", path(organization), { as: other.session })).toMatchObject({
      visibility: "private",
      role: "read",
    });
  });

  it.each(["teams", "user", "Orgs"])("kind %s is 400", async (kind) => {
    await expectProblem(await shared.send("GET", `/api/v1/namespaces/${kind}/x`), 400, "invalid_request");
  });
});

describe("members", () => {
  it("join by invitation, and are changed and removed by an owner", async () => {
    const organization = await makeOrganization(shared, owner);
    await expectProblem(await put(organization, other, "read", owner.session), 403, "denied");
    expect(await rolesOf(organization)).toEqual({ [owner.handle]: "owner" });
    await setRole(shared, owner, organization, other, "read");
    for (const role of ["read", "write", "admin", "owner", "read"] as const) {
      expect((await put(organization, other, role, owner.session)).status).toBe(200);
      expect(await rolesOf(organization)).toEqual({ [owner.handle]: "owner", [other.handle]: role });
    }
    expect((await remove(organization, other, owner.session)).status).toBe(204);
    expect(await rolesOf(organization)).toEqual({ [owner.handle]: "owner" });
    await expectProblem(await remove(organization, other, owner.session), 404, "name_unknown");
  });

  it("are shown to members only", async () => {
    const organization = await makeOrganization(shared, owner);
    const members = `${path(organization)}/members`;
    await expectProblem(await shared.send("GET", members), 401, "unauthenticated");
    await expectProblem(await shared.send("GET", members, { as: other.session }), 403, "denied");
    await setRole(shared, owner, organization, other, "read");
    expect((await shared.send("GET", members, { as: other.session })).status).toBe(200);
  });

  it.each(["read", "write"] as const)("with the role %s change nobody", async (role) => {
    const organization = await makeOrganization(shared, owner);
    await setRole(shared, owner, organization, other, role);
    await expectProblem(await put(organization, stranger, "read", other.session), 403, "denied");
    await expectProblem(await put(organization, other, "owner", other.session), 403, "denied");
    await expectProblem(await remove(organization, owner, other.session), 403, "denied");
    await expectProblem(
      await shared.send("PATCH", path(organization), { as: other.session, json: { visibility: "private" } }),
      403,
      "denied",
    );
    expect(await rolesOf(organization)).toEqual({ [owner.handle]: "owner", [other.handle]: role });
  });

  it("with the role admin change everybody but owners, and make none", async () => {
    const organization = await makeOrganization(shared, owner);
    await setRole(shared, owner, organization, other, "admin");
    await setRole(shared, owner, organization, stranger, "read");
    expect((await put(organization, stranger, "write", other.session)).status).toBe(200);
    await expectProblem(await put(organization, stranger, "owner", other.session), 403, "denied");
    await expectProblem(await put(organization, other, "owner", other.session), 403, "denied");
    await expectProblem(await put(organization, owner, "read", other.session), 403, "denied");
    await expectProblem(await remove(organization, owner, other.session), 403, "denied");
    expect(await rolesOf(organization)).toEqual({
      [owner.handle]: "owner",
      [other.handle]: "admin",
      [stranger.handle]: "write",
    });
  });

  it("may leave by themselves", async () => {
    const organization = await makeOrganization(shared, owner);
    await setRole(shared, owner, organization, other, "read");
    expect((await remove(organization, other, other.session)).status).toBe(204);
    expect(await rolesOf(organization)).toEqual({ [owner.handle]: "owner" });
  });

  it("that nobody is are 404, roles that are none 400", async () => {
    const organization = await makeOrganization(shared, owner);
    const nobody = { ...other, handle: unique("nobody") };
    await expectProblem(await put(organization, nobody, "read", owner.session), 404, "name_unknown");
    await expectProblem(await put(organization, other, "king", owner.session), 400, "invalid_request");
  });
});

describe("the last owner", () => {
  it("cannot leave, be removed or step down; with a second one they can", async () => {
    const organization = await makeOrganization(shared, owner);
    await setRole(shared, owner, organization, other, "admin");
    await expectProblem(await remove(organization, owner, owner.session), 403, "denied");
    await expectProblem(await put(organization, owner, "admin", owner.session), 403, "denied");
    expect((await rolesOf(organization))[owner.handle]).toBe("owner");
    await setRole(shared, owner, organization, other, "owner");
    expect((await put(organization, owner, "read", owner.session)).status).toBe(200);
    expect(await rolesOf(organization)).toEqual({ [owner.handle]: "read", [other.handle]: "owner" });
  });

  it("is left when two owners step down at the same time", async () => {
    for (let round = 0; round < 10; round++) {
      const organization = await makeOrganization(shared, owner);
      await setRole(shared, owner, organization, other, "owner");
      const [one, two] = await Promise.all([
        remove(organization, owner, owner.session),
        remove(organization, other, other.session),
      ]);
      expect([one.status, two.status].toSorted()).toEqual([204, 403]);
    }
  });
});
