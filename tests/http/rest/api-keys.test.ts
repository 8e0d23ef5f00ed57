import { beforeAll, describe, expect, it } from "vitest";
import { shared } from "../support/api.ts";
import { expectProblem } from "../support/errors.ts";
import { makeKey, type Person, registryToken, type Scope, signUp, unique } from "../support/people.ts";
import { gatiModule, publishModule, putVersion } from "../support/modules.ts";
import { Repository } from "../support/repository.ts";

let person: Person;
let repository: Repository;
beforeAll(async () => {
  person = await signUp(shared);
  repository = Repository.fresh(shared, person);
  await publishModule(repository, "1.0.0");
});

const creating = (json: unknown, as = person.session) => shared.send("POST", "/api/v1/auth/keys", { as, json });
const me = (key: string) => shared.send("GET", "/api/v1/auth/me", { as: { bearer: key } });

describe("an API key", () => {
  it("is shown once, with what it is for", async () => {
    const response = await creating({ name: "  ci  ", scopes: ["publish"], expiresInDays: 30 });
    expect(response.status).toBe(201);
    const body = (await response.json()) as { key: string; createdAt: string; expiresAt: string };
    expect(body).toEqual({
      id: expect.any(String),
      name: "ci",
      scopes: ["publish"],
      key: expect.stringMatching(/^gati_[0-9A-Za-z]{36}$/),
      createdAt: expect.any(String),
      expiresAt: expect.any(String),
      lastUsedAt: null,
      reach: null,
      networks: null,
      previousUntil: null,
    });
    expect(Date.parse(body.expiresAt) - Date.parse(body.createdAt)).toBe(30 * 24 * 3600 * 1000);
    const list = await (await shared.send("GET", "/api/v1/auth/keys", { as: person.session })).text();
    expect(list).not.toContain(body.key);
  });

  it("is listed newest first, only to its owner", async () => {
    const other = await signUp(shared);
    const first = await makeKey(shared, other, ["read"]);
    const second = await makeKey(shared, other, ["read"]);
    const { keys } = await shared.read<{ keys: { id: string }[] }>("GET", "/api/v1/auth/keys", { as: other.session });
    expect(keys.map((key) => key.id).toSorted()).toEqual([first.id, second.id].toSorted());
  });

  it("says who it speaks for, as a bearer token and as a password", async () => {
    const key = await makeKey(shared, person, ["read"]);
    for (const as of [key.as, { basic: [person.handle, key.key] as const }, { basic: ["x", key.key] as const }]) {
      expect(await shared.read("GET", "/api/v1/auth/me", { as })).toMatchObject({
        user: { handle: person.handle },
        credential: { kind: "api-key", id: key.id, scopes: ["read"], expiresAt: null },
      });
    }
  });

  it.each([
    [{ name: "", scopes: ["read"] }],
    [{ name: "x", scopes: [] }],
    [{ name: "x", scopes: ["root"] }],
    [{ name: "x", scopes: ["read"], expiresInDays: 0 }],
    [{ name: "x", scopes: ["read"], expiresInDays: 3651 }],
    [{ name: "x", scopes: ["read"], expiresInDays: 1.5 }],
    [{ name: "x".repeat(101), scopes: ["read"] }],
    [{ name: "x", scopes: ["read"], reach: [] }],
    [{ name: "x", scopes: ["read"], networks: [] }],
    [{ name: "x", scopes: ["read"], networks: ["10.0.0.0/33"] }],
    [{ name: "x", scopes: ["read"], networks: ["everywhere"] }],
    [{ scopes: ["read"] }],
  ])("from %j is 400 invalid_request", async (json) => {
    await expectProblem(await creating(json), 400, "invalid_request");
  });

  it("that was mistyped, cut or made up is 401", async () => {
    const { key } = await makeKey(shared, person, ["read"]);
    const swapped = key.slice(0, 10) + (key[10] === "a" ? "b" : "a") + key.slice(11);
    for (const wrong of [
      swapped,
      key.slice(0, -1),
      `${key}0`,
      "gati_",
      `gati_${"0".repeat(36)}`,
      key.toLowerCase().replace("gati_", "gati_A").slice(0, 41),
    ]) {
      await expectProblem(await me(wrong), 401, "unauthenticated");
    }
  });

  it("stops working the moment it is revoked", async () => {
    const key = await makeKey(shared, person, ["publish"]);
    expect((await me(key.key)).status).toBe(200);
    expect((await shared.send("DELETE", `/api/v1/auth/keys/${key.id}`, { as: person.session })).status).toBe(204);
    await expectProblem(await me(key.key), 401, "unauthenticated");
    await expectProblem(
      await shared.send("DELETE", `/api/v1/auth/keys/${key.id}`, { as: person.session }),
      404,
      "name_unknown",
    );
  });

  it("may revoke itself whatever its scope, and no other without admin", async () => {
    const [one, two] = [await makeKey(shared, person, ["read"]), await makeKey(shared, person, ["read"])];
    await expectProblem(
      await shared.send("DELETE", `/api/v1/auth/keys/${two.id}`, { as: one.as }),
      403,
      "insufficient_scope",
    );
    expect((await shared.send("DELETE", `/api/v1/auth/keys/${one.id}`, { as: one.as })).status).toBe(204);
    await expectProblem(await me(one.key), 401, "unauthenticated");
    expect((await me(two.key)).status).toBe(200);
  });

  it("of somebody else cannot be revoked", async () => {
    const key = await makeKey(shared, person, ["read"]);
    const stranger = await signUp(shared);
    await expectProblem(
      await shared.send("DELETE", `/api/v1/auth/keys/${key.id}`, { as: stranger.session }),
      404,
      "name_unknown",
    );
    expect((await me(key.key)).status).toBe(200);
  });
});

describe("scopes", () => {
  const actions: Record<string, (as: { bearer: string }) => Promise<Response>> = {
    "read who one is": (as) => shared.send("GET", "/api/v1/auth/me", { as }),
    publish: async (as) => putVersion(repository.seenBy(as), "1.0.0", await gatiModule(repository, "1.0.0")),
    deprecate: (as) =>
      shared.send("PUT", `/api/v1/artifacts/${repository.name}/versions/1.0.0/deprecation`, {
        as,
        json: { message: "old" },
      }),
    unpublish: (as) => shared.send("DELETE", `/api/v1/artifacts/${repository.name}/versions/7.7.7`, { as }),
    "make a key": (as) => creating({ name: "child", scopes: ["read"] }, as),
    "make an organisation": (as) => shared.send("POST", "/api/v1/orgs", { as, json: { handle: unique("org") } }),
    "change visibility": (as) =>
      shared.send("PATCH", `/api/v1/artifacts/${repository.name}`, { as, json: { visibility: "public" } }),
  };
  const needs: Record<string, Scope> = {
    "read who one is": "read",
    publish: "publish",
    deprecate: "publish",
    unpublish: "publish",
    "make a key": "admin",
    "make an organisation": "admin",
    "change visibility": "admin",
  };
  const ranks: Scope[] = ["read", "publish", "admin"];

  it.each(Object.keys(actions))("to %s: exactly the keys whose scope includes it", async (action) => {
    for (const scope of ranks) {
      const key = await makeKey(shared, person, [scope]);
      const response = await (actions[action] as (typeof actions)[string])({ bearer: key.key });
      const enough = ranks.indexOf(scope) >= ranks.indexOf(needs[action] as Scope);
      if (enough) expect([401, 403]).not.toContain(response.status);
      else await expectProblem(response, 403, "insufficient_scope");
    }
  });

  it("a registry token is no credential of the REST API", async () => {
    const token = await registryToken(shared, [`repository:${repository.name}:*`], person.session);
    const manifest = await gatiModule(repository, "3.0.0");
    await expectProblem(await shared.send("GET", "/api/v1/auth/me", { as: token }), 401, "unauthenticated");
    await expectProblem(await putVersion(repository.seenBy(token), "3.0.0", manifest), 401, "unauthenticated");
    await expectProblem(
      await shared.send("DELETE", `/api/v1/artifacts/${repository.name}/versions/1.0.0`, { as: token }),
      401,
      "unauthenticated",
    );
    await expectProblem(
      await shared.send("GET", `/api/modules/@${person.handle}/x`, { as: token }),
      401,
      "unauthenticated",
    );
    const anonymous = await registryToken(shared, []);
    await expectProblem(await shared.send("GET", "/api/v1/artifacts", { as: anonymous }), 401, "unauthenticated");
  });
});
