import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Api } from "../harness/api.ts";
import { type RegistryProcess, spawnRegistry } from "../harness/registry-process.ts";
import { gatiModule, putVersion } from "../http/support/modules.ts";
import { makeKey, signUp, unique } from "../http/support/people.ts";
import { Repository } from "../http/support/repository.ts";

/** Nothing is worked off while the tests run. */
const limits =
  "read=1/1h:60 write=1/1h:40 publish=1/1h:3 sign-in=1/1h:4 account=1/1h:8 credential=1/1h:6 sign-up=1/1h:3 mail=1/1h:2 recovery=1/1h:5";
const header = "X-Real-IP";

let folder: string;
let registry: RegistryProcess;
let api: Api;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gati-test-"));
  registry = await spawnRegistry({
    data: join(folder, "data"),
    env: { GATI_LIMITS: limits, GATI_ADDRESS_HEADER: header },
  });
  api = new Api(registry.url);
});
afterAll(async () => {
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
});

let addresses = 0;
/** An address that no other test uses. */
const freshAddress = () => `10.0.${addresses >> 8}.${addresses++ & 255}`;
const from = (address: string) => ({ [header]: address });

async function statuses(count: number, send: () => Promise<Response>): Promise<number[]> {
  const answers = await Promise.all(Array.from({ length: count }, send));
  await Promise.all(answers.map((answer) => answer.arrayBuffer()));
  return answers.map((answer) => answer.status).toSorted((a, b) => a - b);
}

const times = (count: number, status: number) => Array.from({ length: count }, () => status);

describe("reads", () => {
  it("of one address are limited, each protocol says so in its own envelope, and others are not touched", async () => {
    const address = freshAddress();
    const list = (at: string) => api.send("GET", "/api/v1/artifacts", { headers: from(at) });
    expect(await statuses(70, () => list(address))).toEqual([...times(60, 200), ...times(10, 429)]);
    const rest = await list(address);
    expect([rest.status, rest.headers.get("content-type")]).toEqual([429, "application/problem+json"]);
    expect(Number(rest.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(rest.headers.get("ratelimit-policy")).toBe('"read";q=1;w=3600');
    expect(rest.headers.get("ratelimit")).toMatch(/^"read";r=0;t=\d+$/);
    expect(await rest.json()).toMatchObject({ code: "rate_limited", details: { policy: "read" } });
    const oci = await api.send("GET", "/v2/users/a/b/tags/list", { headers: from(address) });
    expect([oci.status, await oci.json()]).toMatchObject([429, { errors: [{ code: "TOOMANYREQUESTS" }] }]);
    expect(oci.headers.has("retry-after")).toBe(true);
    expect((await api.send("GET", "/", { headers: { ...from(address), Accept: "text/html" } })).status).toBe(429);
    const other = await list(freshAddress());
    expect([other.status, other.headers.get("ratelimit")]).toEqual([200, expect.stringMatching(/^"read";r=59;t=\d+$/)]);
  });

  it("of a user are counted for the user, wherever they come from", async () => {
    const person = await signUp(new Api(registry.url));
    const me = () => api.send("GET", "/api/v1/auth/me", { as: person.session, headers: from(freshAddress()) });
    expect(await statuses(65, me)).toEqual([...times(60, 200), ...times(5, 429)]);
  });

  it("P11: no caller ever gets more than their share, however callers and addresses are mixed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(3), { minLength: 1, maxLength: 120 }), async (order) => {
        const callers = Array.from({ length: 4 }, freshAddress);
        const seen = new Map<number, number>();
        for (const caller of order) {
          const headers = from(callers[caller] ?? "");
          const answer = await api.send("HEAD", "/api/v1/artifacts", { headers });
          const before = seen.get(caller) ?? 0;
          seen.set(caller, before + 1);
          expect(answer.status === 429).toBe(before >= 60);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("attack: the client says itself where it is", () => {
  it("cannot be invented: of a list only what the proxy added counts", async () => {
    const address = freshAddress();
    let invented = 0;
    const send = () =>
      api.send("GET", "/api/v1/artifacts", { headers: { [header]: `203.0.113.${invented++}, ${address}` } });
    expect(await statuses(62, send)).toEqual([...times(60, 200), ...times(2, 429)]);
  });

  it.each(["X-Forwarded-For", "CF-Connecting-IP", "Forwarded", "True-Client-IP"])(
    "is not taken from %s, which nobody trusts here",
    async (untrusted) => {
      const address = freshAddress();
      let invented = 0;
      const send = () =>
        api.send("GET", "/api/v1/artifacts", {
          headers: { ...from(address), [untrusted]: `203.0.113.${invented++}` },
        });
      expect(await statuses(61, send)).toEqual([...times(60, 200), 429]);
    },
  );

  it("of IPv6 counts as its network: one customer has all addresses of it", async () => {
    let host = 1;
    const send = () =>
      api.send("GET", "/api/v1/artifacts", { headers: from(`2001:db8:7:${"0".repeat(1)}::${(host++).toString(16)}`) });
    expect(await statuses(61, send)).toEqual([...times(60, 200), 429]);
    expect((await api.send("GET", "/api/v1/artifacts", { headers: from("2001:db8:7:1::1") })).status).toBe(200);
  });

  it("of IPv4 counts as one, however whoever stands in front writes it, and as no other's", async () => {
    const forms = ["10.9.0.1", "::ffff:10.9.0.1", "::FFFF:a09:1", "0:0:0:0:0:ffff:10.9.0.1", "10.9.0.1:8080"];
    const send = (address: string) => api.send("GET", "/api/v1/artifacts", { headers: from(address) });
    let sent = 0;
    expect(await statuses(60, () => send(forms[sent++ % forms.length] ?? ""))).toEqual(times(60, 200));
    for (const form of forms) expect((await send(form)).status).toBe(429);
    expect((await send("::ffff:a09:2")).status).toBe(200);
    expect((await send("[2001:db8:8::1]:443")).headers.get("ratelimit")).toContain("r=59");
  });
});

describe("passwords", () => {
  const signIn = (handle: string, password: string, address: string) =>
    api.send("POST", "/api/v1/auth/sign-in", { json: { handle, password }, headers: from(address) });

  it("are not guessed faster than the limit, not even all at once, and the right one does not help then", async () => {
    const person = await signUp(new Api(registry.url));
    const address = freshAddress();
    expect(await statuses(10, () => signIn(person.handle, "a wrong password", address))).toEqual([
      ...times(4, 401),
      ...times(6, 429),
    ]);
    expect((await signIn(person.handle, person.password, address)).status).toBe(429);
    expect((await signIn(person.handle, person.password, freshAddress())).status).toBe(200);
  });

  it("of one account are protected from many addresses together", async () => {
    const person = await signUp(new Api(registry.url));
    const guess = () => signIn(person.handle, "a wrong password", freshAddress());
    expect(await statuses(12, guess)).toEqual([...times(8, 401), ...times(4, 429)]);
    const { as } = await makeKey(new Api(registry.url), person, ["read"]);
    expect((await api.send("GET", "/api/v1/auth/me", { as, headers: from(freshAddress()) })).status).toBe(200);
  });

  it("that are right do not count", async () => {
    const person = await signUp(new Api(registry.url));
    for (let i = 0; i < 6; i++) {
      expect((await signIn(person.handle, person.password, "10.9.9.9")).status).toBe(200);
    }
  });

  it("are held back the same way for accounts that do not exist", async () => {
    const address = freshAddress();
    const guess = () => signIn("nobody-is-called-this", "a wrong password", address);
    expect(await statuses(6, guess)).toEqual([...times(4, 401), ...times(2, 429)]);
  });
});

describe("mails", () => {
  const forgot = (account: string, address: string) =>
    api.send("POST", "/api/v1/auth/password/forgot", { json: { account }, headers: from(address) });

  it("are asked for only so often for one account, whether or not there is one", async () => {
    const person = await signUp(new Api(registry.url));
    for (const account of [person.handle, unique("nobody")])
      expect(await statuses(4, () => forgot(account, freshAddress()))).toEqual([202, 202, 429, 429]);
  });

  it("are asked for, and their tokens tried, only so often from one address", async () => {
    const address = freshAddress();
    expect(await statuses(7, () => forgot(unique("nobody"), address))).toEqual([...times(5, 202), 429, 429]);
    const token = `gati_pr_${"x".repeat(49)}`;
    const reset = (at: string) =>
      api.send("POST", "/api/v1/auth/password/reset", {
        json: { token, password: "correct horse battery" },
        headers: from(at),
      });
    expect((await reset(address)).status).toBe(429);
    expect((await reset(freshAddress())).status).toBe(401);
  });

  it("and refresh tokens are not tried for ever either", async () => {
    const address = freshAddress();
    const refresh = () =>
      api.send("POST", "/api/v1/auth/refresh", {
        json: { refreshToken: `gati_rt_${"x".repeat(49)}` },
        headers: from(address),
      });
    // One after the other: wrong credentials count when they turn out to be wrong.
    for (let i = 0; i < 6; i++) expect((await refresh()).status).toBe(401);
    expect((await refresh()).status).toBe(429);
  });
});

it("wrong credentials of any kind close an address for a while, and not for others", async () => {
  const address = freshAddress();
  const send = (at: string, token: string) =>
    api.send("GET", "/api/v1/auth/me", { as: { bearer: token }, headers: from(at) });
  for (let i = 0; i < 6; i++) expect((await send(address, `gati_${"x".repeat(i + 20)}`)).status).toBe(401);
  const person = await signUp(new Api(registry.url));
  const token = "bearer" in person.session ? person.session.bearer : "";
  expect((await send(address, token)).status).toBe(429);
  expect((await send(freshAddress(), token)).status).toBe(200);
});

it("accounts are made by an address only so often", async () => {
  const address = freshAddress();
  const make = () =>
    api.send("POST", "/api/v1/auth/sign-up", {
      json: { handle: unique("user"), password: "correct horse battery" },
      headers: from(address),
    });
  expect(await statuses(5, make)).toEqual([...times(3, 201), ...times(2, 429)]);
});

it("versions are counted exactly, and the user sees what is left", async () => {
  const person = await signUp(new Api(registry.url));
  const module = Repository.fresh(api, person);
  for (const version of ["1.0.0", "1.0.1", "1.0.2"]) {
    expect((await putVersion(module, version, await gatiModule(module, version))).status).toBe(201);
  }
  const refused = await putVersion(module, "1.0.3", await gatiModule(module, "1.0.3"));
  expect(refused.status).toBe(429);
  const { limits: left } = await api.read<{ limits: { policy: string; remaining: number }[] }>(
    "GET",
    "/api/v1/auth/limits",
    { as: person.session },
  );
  expect(left.find((one) => one.policy === "publish")).toMatchObject({ remaining: 0, limit: 1, windowSeconds: 3600 });
  expect(left.map((one) => one.policy)).toEqual(["read", "write", "publish"]);
});
