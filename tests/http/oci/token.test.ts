import { beforeAll, describe, expect, it } from "vitest";
import { type Credential, shared } from "../support/api.ts";
import { expectOciError } from "../support/errors.ts";
import { type Key, makeKey, type Person, registryToken, setVisibility, signUp } from "../support/people.ts";
import { Repository } from "../support/repository.ts";

let owner: Person;
let outsider: Person;
let readKey: Key;
let publishKey: Key;
let open: Repository;
let hidden: Repository;
beforeAll(async () => {
  [owner, outsider] = await Promise.all([signUp(shared), signUp(shared)]);
  [readKey, publishKey] = await Promise.all([makeKey(shared, owner, ["read"]), makeKey(shared, owner, ["publish"])]);
  open = Repository.fresh(shared, owner);
  hidden = Repository.fresh(shared, owner);
  await open.pushImage("1.0.0");
  await hidden.pushImage("1.0.0");
  await setVisibility(shared, owner.session, `/api/v1/artifacts/${hidden.name}`, "private");
});

interface Token {
  readonly token: string;
  readonly access_token: string;
  readonly expires_in: number;
  readonly issued_at: string;
  readonly refresh_token?: string;
}
interface Access {
  readonly name: string;
  readonly actions: readonly string[];
}

const claims = (token: string) =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { access: Access[]; catalog: boolean };
const basic = (person: Person): Credential => ({ basic: [person.handle, person.password] });

async function granted(scope: string, as?: Credential): Promise<readonly string[]> {
  const token = await registryToken(shared, [scope], as);
  return "bearer" in token ? (claims(token.bearer).access[0]?.actions ?? []) : [];
}

const form = (fields: [string, string][], headers = {}) =>
  shared.send("POST", "/v2/token", {
    body: new URLSearchParams(fields).toString(),
    headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers },
  });

describe("GET of the token endpoint", () => {
  it("answers token and access_token, when it was issued and how long it lives, and is not kept by caches", async () => {
    const query = `account=${owner.handle}&service=gati-registry&scope=repository:${hidden.name}:pull&client_id=docker&offline_token=true`;
    const response = await shared.send("GET", `/v2/token?${query}`, { as: basic(owner) });
    expect([response.status, response.headers.get("cache-control")]).toEqual([200, "no-store"]);
    const body = (await response.json()) as Token;
    expect(body.token).toBe(body.access_token);
    expect(body.expires_in).toBeGreaterThanOrEqual(60);
    expect(Math.abs(Date.parse(body.issued_at) - Date.now())).toBeLessThan(60_000);
    expect(await hidden.seenBy({ bearer: body.token }).head("manifests/1.0.0")).toBe(200);
  });

  it.each([
    ["pull", ["pull"]],
    ["pull,push", ["pull", "push"]],
    ["push,pull", ["pull", "push"]],
    ["*", ["pull", "push", "delete"]],
    ["delete", ["delete"]],
    ["fly", []],
    ["", []],
  ])("grants the owner of what %s asks", async (actions, expected) => {
    expect(await granted(`repository:${hidden.name}:${actions}`, basic(owner))).toEqual(expected);
  });

  it("grants others only what they may", async () => {
    expect(await granted(`repository:${open.name}:*`, basic(outsider))).toEqual(["pull"]);
    expect(await granted(`repository:${open.name}:pull,push`)).toEqual(["pull"]);
    expect(await granted(`repository:${hidden.name}:*`, basic(outsider))).toEqual([]);
    expect(await granted(`repository:${hidden.name}:pull`)).toEqual([]);
  });

  it("grants an API key no more than its scopes, whatever user name comes with it", async () => {
    expect(await granted(`repository:${hidden.name}:*`, { basic: ["anything", readKey.key] })).toEqual(["pull"]);
    expect(await granted(`repository:${hidden.name}:*`, { basic: [owner.handle, publishKey.key] })).toEqual([
      "pull",
      "push",
      "delete",
    ]);
    expect(await granted(`repository:${hidden.name}:*`, readKey.as)).toEqual(["pull"]);
  });

  it("grants nothing on a name where nothing was published, as on a private one", async () => {
    const nothing = Repository.fresh(shared, owner);
    expect(await granted(`repository:${nothing.name}:pull`, basic(outsider))).toEqual([]);
    expect(await granted(`repository:${nothing.name}:pull,push`, basic(owner))).toEqual(["pull", "push"]);
  });

  it("takes scope several times, several in one, none at all, and ignores what it does not know", async () => {
    const both = [`repository:${open.name}:pull`, `repository:${hidden.name}:pull,push`];
    for (const scopes of [both, [both.join(" ")]]) {
      const token = await registryToken(shared, scopes, basic(owner));
      expect(claims((token as { bearer: string }).bearer).access.map((one) => one.name)).toEqual([
        open.name,
        hidden.name,
      ]);
    }
    const none = (await registryToken(shared, [], basic(owner))) as { bearer: string };
    expect((await shared.send("GET", "/v2/", { as: none })).status).toBe(200);
    const odd = await registryToken(
      shared,
      ["repository:UPPER:pull", "banana", "registry:catalog:*", "repository(plugin):a:pull"],
      basic(owner),
    );
    expect(claims((odd as { bearer: string }).bearer)).toMatchObject({ access: [], catalog: true });
  });

  it.each([
    ["a wrong password", () => ({ basic: [owner.handle, "wrong password here"] }) as Credential],
    ["a handle that nobody has", () => ({ basic: ["nobody-at-all", owner.password] }) as Credential],
    ["somebody else's handle", () => ({ basic: [outsider.handle.toUpperCase(), owner.password] }) as Credential],
    [
      "a key that was never made",
      () =>
        ({
          basic: [owner.handle, `${readKey.key.slice(0, -1)}${readKey.key.endsWith("0") ? "1" : "0"}`],
        }) as Credential,
    ],
  ])("%s is 401, never an anonymous token", async (_, as) => {
    await expectOciError(
      await shared.send("GET", `/v2/token?scope=repository:${open.name}:pull`, { as: as() }),
      401,
      "UNAUTHORIZED",
    );
  });
});

describe("POST of the token endpoint (OAuth 2 form)", () => {
  const scope: [string, string] = ["scope", ""];
  it("grant_type=password works with the password and with a key in its place", async () => {
    scope[1] = `repository:${hidden.name}:pull`;
    for (const password of [owner.password, readKey.key]) {
      const response = await form([
        ["grant_type", "password"],
        ["username", owner.handle],
        ["password", password],
        ["service", "gati-registry"],
        ["client_id", "containerd"],
        scope,
      ]);
      expect(response.status).toBe(200);
      const { access_token, refresh_token } = (await response.json()) as Token;
      expect(refresh_token).toBeUndefined();
      expect(await hidden.seenBy({ bearer: access_token }).head("manifests/1.0.0")).toBe(200);
    }
  });

  it("grant_type=refresh_token takes an API key and gives it back", async () => {
    const response = await form([
      ["grant_type", "refresh_token"],
      ["refresh_token", publishKey.key],
      ["service", "gati-registry"],
      ["scope", `repository:${hidden.name}:push`],
    ]);
    const { access_token, refresh_token } = (await response.json()) as Token;
    expect(refresh_token).toBe(publishKey.key);
    expect(claims(access_token).access[0]?.actions).toEqual(["push"]);
  });

  it("credentials in the header instead of the form work too", async () => {
    const authorization = `Basic ${Buffer.from(`${owner.handle}:${owner.password}`).toString("base64")}`;
    const response = await form(
      [
        ["service", "gati-registry"],
        ["scope", `repository:${hidden.name}:pull`],
      ],
      { Authorization: authorization },
    );
    expect(claims(((await response.json()) as Token).token).access[0]?.actions).toEqual(["pull"]);
  });

  it("a wrong password or refresh token is 401; a form without any is 400, so that the client falls back to GET", async () => {
    await expectOciError(
      await form([
        ["grant_type", "password"],
        ["username", owner.handle],
        ["password", "wrong password"],
      ]),
      401,
      "UNAUTHORIZED",
    );
    await expectOciError(
      await form([
        ["grant_type", "refresh_token"],
        ["refresh_token", "nonsense"],
      ]),
      401,
      "UNAUTHORIZED",
    );
    const response = await form([["service", "gati-registry"]]);
    expect([response.status, ((await response.json()) as { error: string }).error]).toEqual([
      400,
      "unsupported_grant_type",
    ]);
  });

  it("a form larger than any is 413", async () => {
    await expectOciError(
      await form([
        ["grant_type", "password"],
        ["username", "x".repeat(20_000)],
        ["password", "y"],
      ]),
      413,
      "SIZE_INVALID",
    );
  });
});

describe("a registry token", () => {
  it("cannot be exchanged for another one, in any form", async () => {
    const token = (await registryToken(shared, [`repository:${hidden.name}:pull`], owner.session)) as {
      bearer: string;
    };
    await expectOciError(
      await shared.send("GET", `/v2/token?scope=repository:${hidden.name}:push`, { as: token }),
      401,
      "UNAUTHORIZED",
    );
    await expectOciError(
      await form([
        ["grant_type", "refresh_token"],
        ["refresh_token", token.bearer],
      ]),
      401,
      "UNAUTHORIZED",
    );
    await expectOciError(
      await form([
        ["grant_type", "password"],
        ["username", owner.handle],
        ["password", token.bearer],
      ]),
      401,
      "UNAUTHORIZED",
    );
    await expectOciError(
      await form([["scope", `repository:${hidden.name}:push`]], { Authorization: `Bearer ${token.bearer}` }),
      401,
      "UNAUTHORIZED",
    );
  });
});
