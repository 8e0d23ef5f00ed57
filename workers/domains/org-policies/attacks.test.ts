import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Client } from "../../testing/client.ts";
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
let member: Client;
let repository: string;
const denied = [403, "denied"] as const;

/** Gives an account a second factor that counts, past the ceremony that other tests hold. */
async function withFactor(who: Client): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO totp_secrets (user_id, secret, created_at, confirmed_at, last_step)
       SELECT id, 'sealed', 1, 1, 0 FROM users WHERE handle = ? ON CONFLICT DO NOTHING`,
  )
    .bind(who.handle)
    .run();
}

async function keyOf(who: Client, bounds: Record<string, unknown> = {}): Promise<Client> {
  const { key } = await answered<{ key: string }>(
    org.call(who, "POST", "/api/v1/auth/keys", { name: "key", scopes: ["admin"], ...bounds }),
  );
  return speaking(who, `Bearer ${key}`);
}

const speaking = (who: Client, authorization: string, headers: Record<string, string> = {}): Client => ({
  ...who,
  authorization,
  send: (method, path, init) =>
    who.send(method, path, { ...init, headers: { ...headers, ...init?.headers, Authorization: authorization } }),
});

async function tokenOf(who: Client): Promise<Client> {
  const { token } = await answered<{ token: string }>(
    who.send("GET", `/v2/token?scope=repository:${repository}:pull,push`),
  );
  return speaking(who, `Bearer ${token}`);
}

/** Past the check that keeps an owner from shutting themselves out. */
async function demand(policy: Record<string, unknown>): Promise<void> {
  const whole = { secondFactor: false, signIn: null, networks: null, licences: null, approval: false, ...policy };
  await env.DB.prepare(
    `INSERT INTO org_policies (namespace_id, policy, updated_by, updated_at)
       SELECT n.id, ?, m.user_id, 1 FROM namespaces n JOIN members m ON m.namespace_id = n.id AND m.role = 'owner'
       WHERE n.handle = ? LIMIT 1
       ON CONFLICT (namespace_id) DO UPDATE SET policy = excluded.policy`,
  )
    .bind(JSON.stringify(whole), org.handle)
    .run();
}

beforeAll(async () => {
  org = await makeOrganisation();
  member = await org.member("admin");
  repository = org.repository("thing");
  await pushImage(org.owner, repository, "1.0.0");
  await answered(org.call(org.owner, "PATCH", org.namespace, { visibility: "private" }));
});
beforeEach(() => demand({}));

const pulls = (who: Client) => statusOf(who, `/v2/${repository}/manifests/1.0.0`);
const pushes = async (who: Client) => (await pushImage(who, repository, undefined)).status;

describe("attack: organisations, a second factor is demanded", () => {
  it.each(["a session", "an API key", "a registry token"])(
    "%s of an account without one counts for nothing",
    async (kind) => {
      const forms: Record<string, () => Promise<Client>> = {
        "a session": async () => member,
        "an API key": () => keyOf(member),
        "a registry token": () => tokenOf(member),
      };
      // Made before the demand: old credentials are no way around it.
      const who = await (forms[kind] as () => Promise<Client>)();
      expect(await pulls(who)).toBe(200);
      await demand({ secondFactor: true });
      expect(await pulls(who)).toBe(403);
      expect(await pushes(who)).toBe(403);
    },
  );

  it("an admin without one manages nothing, is told why, and may leave", async () => {
    const leaver = await org.member("admin");
    await demand({ secondFactor: true });
    const answer = await leaver.send("GET", `${org.namespace}/members`);
    expect(await answer.clone().json()).toMatchObject({ code: "denied", details: { unmet: ["second-factor"] } });
    for (const [method, path, body] of [
      ["PATCH", org.namespace, { visibility: "public" }],
      ["POST", `${org.path}/teams`, { name: "x" }],
      ["PUT", `${org.namespace}/members/${member.handle}`, { role: "read" }],
      ["POST", `${org.namespace}/invitations`, { handle: member.handle, role: "read" }],
    ] as const) {
      expect(await refusal(org.call(leaver, method, path, body))).toEqual(denied);
    }
    await answered(org.call(leaver, "DELETE", `${org.namespace}/members/${leaver.handle}`));
  });

  it("rights by a team fall under the demand like any other", async () => {
    await org.team(`team-${crypto.randomUUID().slice(0, 8)}`, {});
    const { teams } = await answered<{ teams: { name: string }[] }>(org.owner.send("GET", `${org.path}/teams`));
    const name = teams.at(-1)?.name ?? "";
    await answered(
      org.call(org.owner, "PUT", `${org.path}/teams/${name}/grants`, { artifact: "thing", role: "write" }),
    );
    const collaborator = await org.member(undefined, [name]);
    expect(await pulls(collaborator)).toBe(200);
    await demand({ secondFactor: true });
    expect(await pulls(collaborator)).toBe(403);
    await withFactor(collaborator);
    expect(await pulls(collaborator)).toBe(200);
  });

  it("no list shows what may not be read", async () => {
    const listed = async (who: Client) => {
      const { artifacts } = await answered<{ artifacts: unknown[] }>(
        who.send("GET", `/api/v1/artifacts?handle=${org.handle}`),
      );
      const { repositories } = await answered<{ repositories: string[] }>(who.send("GET", "/v2/_catalog?n=1000"));
      return [artifacts.length, repositories.filter((one) => one === repository).length];
    };
    expect(await listed(member)).toEqual([1, 1]);
    await demand({ secondFactor: true });
    expect(await listed(member)).toEqual([0, 0]);
    await withFactor(member);
    expect(await listed(member)).toEqual([1, 1]);
    expect(await pushes(member)).toBe(201);
  });

  it("an owner without one cannot demand it: nobody shuts themselves out", async () => {
    expect(await refusal(org.policy({ secondFactor: true }))).toEqual(denied);
    expect(await answered(org.owner.send("GET", `${org.path}/policy`))).toMatchObject({
      policy: { secondFactor: false },
    });
  });
});

describe("attack: organisations, networks are listed", () => {
  it.each([
    { "X-Forwarded-For": "192.0.2.7" },
    { "X-Real-IP": "192.0.2.7" },
    { Forwarded: "for=192.0.2.7" },
    { "True-Client-IP": "192.0.2.7" },
    { "X-Client-IP": "192.0.2.7", "X-Forwarded-For": "192.0.2.7, 10.0.0.1" },
  ])("a header that names an address inside is not believed: %j", async (headers) => {
    await demand({ networks: ["192.0.2.0/24"] });
    const spoofing = speaking(member, member.authorization, headers as Record<string, string>);
    expect(await pulls(spoofing)).toBe(403);
    expect(await pushes(spoofing)).toBe(403);
  });

  it("a request of which nobody knows where it comes from lies in no network", async () => {
    await demand({ networks: ["0.0.0.0/0", "::/0"] });
    expect(await pulls(member)).toBe(403);
    expect(await refusal(org.policy({ networks: ["0.0.0.0/0"] }))).toEqual(denied);
  });

  it.each(["10.0.0.0/33", "010.0.0.1", "0x7f.1", "fe80::1%eth0/64", "anywhere", "10.0.0.0/8 "])(
    "what is no network is not stored: %s",
    async (network) => {
      const answer = await refusal(org.policy({ networks: [network] }));
      expect(answer[0] === 400 || network.endsWith(" ")).toBe(true);
    },
  );
});

describe("attack: organisations, ways of signing in are listed", () => {
  it("credentials that do not tell how their owner signed in, or say another way, count for nothing", async () => {
    const fresh = await org.member("write");
    const forms = [fresh, await keyOf(fresh), await tokenOf(fresh)];
    for (const who of forms) expect(await pulls(who)).toBe(200);
    await demand({ signIn: ["corp"] });
    for (const who of forms) expect(await pulls(who)).toBe(403);
  });

  it("a password at the token endpoint is a password, and buys nothing where it is not listed", async () => {
    const basic = `Basic ${btoa(`${member.handle}:correct horse battery`)}`;
    await demand({ signIn: ["corp"] });
    expect([401, 403]).toContain(await pulls(speaking(member, basic)));
  });
});

describe("attack: organisations, who sets a policy", () => {
  it("nobody but an owner: not an admin, not a narrowed or smaller key, not another organisation's owner", async () => {
    const whole = { secondFactor: false, signIn: null, networks: null, licences: null, approval: false };
    const other = await makeOrganisation();
    const path = `${org.path}/policy`;
    expect(await refusal(org.call(member, "PUT", path, whole))).toEqual(denied);
    expect(await refusal(org.call(member, "DELETE", path))).toEqual(denied);
    expect(await refusal(org.call(other.owner, "PUT", path, whole))).toEqual([404, "name_unknown"]);
    expect(await refusal(org.call(other.owner, "DELETE", path))).toEqual([404, "name_unknown"]);
    const small = await keyOf(org.owner, { scopes: ["publish"] });
    expect(await refusal(org.call(small, "PUT", path, whole))).toEqual([403, "insufficient_scope"]);
    const narrow = await keyOf(org.owner, { reach: [repository] });
    expect(await refusal(org.call(narrow, "PUT", path, whole))).toEqual([404, "name_unknown"]);
  });

  it("a demand that nobody enforces is refused, not stored", async () => {
    expect(await refusal(org.policy({ signedOnly: true }))).toEqual([400, "invalid_request"]);
  });
});

describe("attack: organisations, licences are listed", () => {
  it("a version under another licence, or under none, is refused; so is a label on content that states none", async () => {
    await demand({ licences: ["MIT", "Apache-2.0"] });
    for (const licence of ["GPL-3.0-only", "MIT AND GPL-3.0-only", "mit", undefined]) {
      const version = `2.0.0-${crypto.randomUUID()}`;
      const more = licence === undefined ? {} : { licence };
      expect((await pushImage(org.owner, repository, version, more)).status).toBe(403);
    }
    expect((await pushImage(org.owner, repository, "edge", { licence: "MIT" })).status).toBe(403);
    const subject = `sha256:${"0".repeat(64)}`;
    expect((await pushImage(org.owner, repository, "edge", { subject })).status).toBe(403);
    expect((await pushImage(org.owner, repository, "2.0.0", { licence: "MIT OR GPL-3.0-only" })).status).toBe(201);
  });
});
