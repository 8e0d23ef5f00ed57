import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unique } from "../http/support/people.ts";
import { Browser, textOf } from "./support/browser.ts";
import { OddIssuer } from "./support/odd-issuer.ts";
import { RealProvider } from "./support/real-provider.ts";
import { password, SignInScene } from "./support/scene.ts";
import { call, follow, organisation, signUp, type SsoOrg, tokenOf } from "./support/sso.ts";

let scene: SignInScene;
let corp: RealProvider;
let acme: SsoOrg;
let rival: SsoOrg;
let evil: OddIssuer;
beforeAll(async () => {
  [scene, corp, evil] = await Promise.all([SignInScene.start(), RealProvider.start(), OddIssuer.start()]);
  // The provider describes itself before anybody is registered there, as real ones do.
  const callbacks: string[] = [];
  corp.open(`${scene.url}/sign-in/callback/placeholder`);
  acme = await organisation(scene, corp, { role: "write" });
  callbacks.push(acme.callback);
  corp.register(...callbacks);
  rival = await organisation(scene, evil);
}, 120_000);
afterAll(() => Promise.all([scene.stop(), corp.stop(), evil.stop()]));

const membersOf = async (org: SsoOrg) =>
  (await call(scene, org.owner.token, "GET", `/api/v1/namespaces/orgs/${org.handle}/members`)).json["members"] as {
    handle: string;
    role: string;
  }[];

async function joins(claims = {}) {
  const [login, handle, browser] = [unique("login"), unique("person"), new Browser()];
  corp.people.set(login, claims);
  const asked = await corp.signIn(browser, await follow(scene, browser, acme), login);
  expect(asked.url.pathname).toBe("/sign-up/provider");
  const page = await browser.submit(asked, "/sign-up/provider", { handle });
  return { login, handle, browser, page };
}

it("a person of a real OpenID provider of an organisation makes an account, and is a member at once", async () => {
  const { handle, login, page } = await joins({ email: "ann@corp.example", email_verified: true });
  expect(page.url.pathname).toBe(`/orgs/${acme.handle}`);
  expect(await membersOf(acme)).toContainEqual(expect.objectContaining({ handle, role: "write" }));
  const again = new Browser();
  const back = await corp.signIn(again, await follow(scene, again, acme), login);
  expect(textOf(back)).toContain(handle);
});

it("what is shown of it holds no secret; only owners see it", async () => {
  const { json } = await call(scene, acme.owner.token, "GET", `/api/v1/orgs/${acme.handle}/sso`);
  expect(json).toMatchObject({ provider: acme.provider, hasSecret: true, enforced: false });
  expect(JSON.stringify(json)).not.toContain(corp.clientSecret);
  const stranger = await signUp(scene);
  expect((await call(scene, stranger.token, "GET", `/api/v1/orgs/${acme.handle}/sso`)).status).toBe(403);
});

it("somebody with an account links it, and is a member from then on", async () => {
  const browser = new Browser();
  const { handle } = await scene.signUp(browser);
  const login = unique("login");
  const page = await corp.signIn(browser, await follow(scene, browser, acme, "Link it to your account"), login);
  expect(page.url.pathname).toBe("/account");
  expect(await membersOf(acme)).toContainEqual(expect.objectContaining({ handle }));
});

describe("attack: sso, another organisation's word", () => {
  it("an issuer that says it has verified somebody's address opens and confirms nothing", async () => {
    const browser = new Browser();
    evil.subject = unique("subject");
    evil.claims = { email: "victim@example.org", email_verified: true };
    const asked = await follow(scene, browser, rival);
    const account = await browser.submit(asked, "/sign-up/provider", { handle: unique("mallory") });
    expect(account.status).toBe(200);
    expect(textOf(await browser.open(`${scene.url}/account`))).not.toContain("victim@example.org confirmed");
    evil.claims = {};
  });

  it("a subject of another organisation's provider opens nobody's account, and gives no membership there", async () => {
    const { login, handle } = await joins();
    const browser = new Browser();
    evil.subject = login;
    const page = await follow(scene, browser, rival);
    expect(page.url.pathname).toBe("/sign-up/provider");
    const mallory = unique("mallory");
    await browser.submit(page, "/sign-up/provider", { handle: mallory });
    expect((await membersOf(rival)).map((one) => one.handle)).toContain(mallory);
    const there = (await membersOf(acme)).map((one) => one.handle);
    expect([there.includes(handle), there.includes(mallory)]).toEqual([true, false]);
  });

  it("an organisation that names an issuer of the operator's gets identities of its own, not theirs", async () => {
    scene.odd.subject = unique("subject");
    const first = new Browser();
    const asked = await scene.continueWith(first, "Odd");
    const handle = unique("theirs");
    await first.submit(asked, "/sign-up/provider", { handle });
    const copy = await organisation(scene, scene.odd);
    const second = new Browser();
    const page = await follow(scene, second, copy);
    expect(page.url.pathname).toBe("/sign-up/provider");
    expect(textOf(page)).not.toContain(handle);
  });

  it("an ID token for another client of the same issuer is refused", async () => {
    evil.lie = { claims: { aud: "another-client" } };
    const page = await follow(scene, new Browser(), rival);
    expect(page.status).toBe(401);
    evil.lie = {};
  });

  it("an answer for one organisation is not taken at the address of another one, nor at the operator's", async () => {
    for (const elsewhere of [acme.provider, "odd", "sso:", "sso:none"]) {
      const browser = new Browser();
      const stop = (url: URL) => url.pathname.startsWith("/sign-in/callback/");
      const { url } = await follow(scene, browser, rival, "Continue with", stop);
      const moved = new URL(url);
      moved.pathname = `/sign-in/callback/${elsewhere}`;
      expect((await browser.open(moved)).status).toBeOneOf([401, 404]);
      expect([...browser.jar(scene.url).keys()].some((name) => name.includes("session"))).toBe(false);
    }
  });

  it("an answer that another browser began is not taken", async () => {
    const stop = (url: URL) => url.pathname.startsWith("/sign-in/callback/");
    const { url } = await follow(scene, new Browser(), rival, "Continue with", stop);
    expect((await new Browser().open(url)).status).toBe(401);
  });
});

describe("attack: sso, what an owner may set", () => {
  const set = (org: SsoOrg, token: string, body: Record<string, unknown>) =>
    call(scene, token, "PUT", `/api/v1/orgs/${org.handle}/sso`, { clientId: "c", ...body });

  it.each([
    "http://169.254.169.254/",
    "https://10.0.0.1/",
    "https://vault.internal/",
    "https://user:pass@idp.example.org/",
    "https://idp.example.org:8443/",
    "file:///etc/passwd",
    "https://idp.example.org/?x=1",
    "nonsense",
  ])("an issuer that is not to be asked is refused: %s", async (issuer) => {
    const owner = await signUp(scene);
    const handle = unique("org");
    await call(scene, owner.token, "POST", "/api/v1/orgs", { handle });
    const { status, json } = await call(scene, owner.token, "PUT", `/api/v1/orgs/${handle}/sso`, {
      issuer,
      clientId: "c",
    });
    expect([status, json["code"]]).toEqual([400, "invalid_request"]);
  });

  it("nobody else sets, reads or removes it; owners are made by nobody's first sign-in", async () => {
    const other = await signUp(scene);
    expect((await set(acme, other.token, { issuer: evil.url })).status).toBe(403);
    expect((await call(scene, other.token, "DELETE", `/api/v1/orgs/${acme.handle}/sso`)).status).toBe(403);
    const body = { issuer: evil.url, clientId: evil.clientId };
    expect((await set(rival, rival.owner.token, { ...body, role: "owner" })).status).toBe(400);
    expect((await set(rival, rival.owner.token, { ...body, operator: true })).status).toBe(400);
  });

  it("an issuer is not exchanged under the people who came through it", async () => {
    const { status, json } = await set(acme, acme.owner.token, { issuer: evil.url });
    expect([status, json["code"]]).toEqual([409, "already_done"]);
  });

  it("domains are asked of the provider: an address that it did not verify is none", async () => {
    const strict = await organisation(scene, evil, { domains: ["corp.example"] });
    for (const claims of [{}, { email: "a@corp.example" }, { email: "a@evil.example", email_verified: true }]) {
      evil.subject = unique("subject");
      evil.claims = claims;
      expect((await follow(scene, new Browser(), strict)).status).toBe(403);
    }
    evil.claims = { email: "a@CORP.example", email_verified: true };
    expect((await follow(scene, new Browser(), strict)).url.pathname).toBe("/sign-up/provider");
    evil.claims = {};
  });
});

describe("attack: sso, enforced", () => {
  const policy = (org: SsoOrg) => `/api/v1/orgs/${org.handle}/policy`;
  const teams = (org: SsoOrg) => `/api/v1/orgs/${org.handle}/teams`;

  it("an owner who signed in with a password alone cannot demand it: they would shut themselves out", async () => {
    const body = { issuer: evil.url, clientId: evil.clientId, enforced: true };
    const { status, json } = await call(scene, rival.owner.token, "PUT", `/api/v1/orgs/${rival.handle}/sso`, body);
    expect([status, json["code"]]).toEqual([403, "denied"]);
  });

  it("roles count only through it: not by password, key, registry token or an older session", async () => {
    const org = await organisation(scene, evil, { role: "admin" });
    // The owner links the provider and signs in with it.
    const owner = new Browser();
    await scene.signIn(owner, org.owner.handle);
    evil.subject = unique("owner");
    await follow(scene, owner, org, "Link it to your account");
    const linked = new Browser();
    await follow(scene, linked, org);
    const through = await tokenOf(scene, linked);
    const key = await call(scene, org.owner.token, "POST", "/api/v1/auth/keys", { name: "old", scopes: ["admin"] });
    expect((await call(scene, key.json["key"], "GET", teams(org))).status).toBe(200);

    const body = { issuer: evil.url, clientId: evil.clientId, role: "admin", enforced: true };
    const set = await call(scene, through, "PUT", `/api/v1/orgs/${org.handle}/sso`, body);
    expect([set.status, set.json["enforced"]]).toEqual([200, true]);
    expect((await call(scene, through, "GET", policy(org))).json["policy"].signIn).toEqual([org.provider]);

    const basic = `Basic ${btoa(`${org.owner.handle}:${password}`)}`;
    for (const credential of [org.owner.token, key.json["key"], basic]) {
      expect((await call(scene, credential, "GET", teams(org))).status).toBe(403);
    }
    const scope = `repository:orgs/${org.handle}/thing:push,pull`;
    const bought = await call(scene, org.owner.token, "GET", `/v2/token?scope=${scope}`);
    const push = await call(scene, bought.json["token"], "POST", `/v2/orgs/${org.handle}/thing/blobs/uploads/`);
    expect(push.status).toBe(403);
    expect((await call(scene, through, "GET", teams(org))).status).toBe(200);
    const made = await call(scene, through, "POST", "/api/v1/auth/keys", { name: "new", scopes: ["admin"] });
    expect((await call(scene, made.json["key"], "GET", teams(org))).status).toBe(200);

    // Another organisation's sign-in is not this one's.
    const foreign = await organisation(scene, evil, { role: "read" });
    const member = new Browser();
    await scene.signIn(member, org.owner.handle);
    await follow(scene, member, foreign, "Link it to your account");
    const elsewhere = new Browser();
    await follow(scene, elsewhere, foreign);
    expect((await call(scene, await tokenOf(scene, elsewhere), "GET", teams(org))).status).toBe(403);

    // Taken away, what came through it ends, and the organisation is open to its owner again.
    expect((await call(scene, through, "DELETE", `/api/v1/orgs/${org.handle}/sso`)).status).toBe(204);
    expect((await call(scene, through, "GET", "/api/v1/auth/keys")).status).toBe(401);
    expect((await call(scene, org.owner.token, "GET", teams(org))).status).toBe(200);
  });
});
