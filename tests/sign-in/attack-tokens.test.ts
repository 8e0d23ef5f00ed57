import { createHmac } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { SignInProvider } from "../../core/sign-in-providers.ts";
import { GitHubProvider } from "../../workers/adapters/sign-in/github-provider.ts";
import type { Attempt, IdentityProvider } from "../../workers/adapters/sign-in/identity-provider.ts";
import { OidcProvider } from "../../workers/adapters/sign-in/oidc-provider.ts";
import { GitHubServer } from "./support/github-server.ts";
import { type Lie, OddIssuer } from "./support/odd-issuer.ts";

let odd: OddIssuer;
let other: OddIssuer;
let github: GitHubServer;
beforeAll(async () => {
  [odd, other, github] = await Promise.all([OddIssuer.start(), OddIssuer.start(), GitHubServer.start()]);
});
afterAll(() => Promise.all([odd.stop(), other.stop(), github.stop()]));
beforeEach(() => {
  odd.lie = {};
  odd.exchanged = 0;
  github.broken = "none";
  github.declines = false;
});

const shared = { signUp: undefined, name: "Odd", api: undefined };
const oidc = (): SignInProvider => ({
  ...shared,
  id: "odd",
  kind: "oidc",
  issuer: odd.url,
  clientId: odd.clientId,
  clientSecret: odd.clientSecret,
  scopes: ["openid", "email"],
});
const hub = (): SignInProvider => ({
  ...shared,
  id: "github",
  kind: "github",
  issuer: github.url,
  api: `${github.url}/api/v3`,
  clientId: github.clientId,
  clientSecret: github.clientSecret,
  scopes: ["read:user", "user:email"],
});

const attempt: Attempt = {
  redirectUri: "http://127.0.0.1/sign-in/callback/odd",
  state: "state-of-this-attempt",
  nonce: "nonce-of-this-attempt",
  verifier: "a-verifier-that-is-long-enough-for-rfc-7636-to-take-it",
};

/** The port's two errors: which of them an attack meets first does not matter. */
const refusals = expect.stringMatching(/^(?:SignInRefused|ProviderFailure)$/);

/** Sends a browser to the provider and brings back what it is sent away with. */
async function parametersFrom(provider: IdentityProvider, given = attempt): Promise<URLSearchParams> {
  const address = await provider.begin(given);
  const response = await fetch(address, { redirect: "manual" });
  return new URL(response.headers.get("location") ?? "").searchParams;
}

async function signIn(provider: IdentityProvider = new OidcProvider(oidc(), true)) {
  return provider.finish(attempt, await parametersFrom(provider));
}

it("without a lie the identity is what the issuer says", async () => {
  odd.claims = { email: "a@odd.example", email_verified: true, preferred_username: "ann" };
  expect(await signIn()).toEqual({ issuer: odd.url, subject: "somebody", name: "ann", email: "a@odd.example" });
  odd.claims = {};
});

const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString("base64url");

describe("attack: ID tokens of a provider", () => {
  it.each<[string, Lie | (() => Lie)]>([
    ["for another attempt", { claims: { nonce: "nonce-of-another" } }],
    ["without a nonce", { claims: { nonce: undefined } }],
    ["for another client", { claims: { aud: "somebody-else" } }],
    ["for several clients, made for another", () => ({ claims: { aud: [odd.clientId, "other"], azp: "other" } })],
    ["for nobody", { claims: { aud: undefined } }],
    ["of another issuer", { claims: { iss: "https://accounts.google.com" } }],
    ["that has expired", { claims: { exp: Math.floor(Date.now() / 1000) - 120 } }],
    ["that never expires", { claims: { exp: undefined } }],
    ["from the future", { claims: { nbf: Math.floor(Date.now() / 1000) + 600 } }],
    ["without a subject", { claims: { sub: undefined } }],
    ["with an empty subject", { claims: { sub: "" } }],
    ["with an endless subject", { claims: { sub: "x".repeat(300) } }],
    ["with a subject that is a number", { claims: { sub: 5 } }],
    ["that is not signed", { idToken: (claims) => `${encode({ alg: "none" })}.${encode(claims)}.` }],
    ["whose signature is cut off", { idToken: async (claims) => (await odd.sign(claims)).replace(/\.[^.]*$/, ".") }],
    ["signed by somebody else", { idToken: (claims) => odd.sign(claims, { key: odd.otherKey }) }],
    [
      "signed by a key that the token brings",
      { idToken: (c) => odd.sign(c, { key: odd.otherKey, header: { jwk: {} } }) },
    ],
    [
      "signed with the public key as a secret",
      {
        idToken: (claims) => {
          const text = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
          return `${text}.${createHmac("sha256", JSON.stringify(odd.publicKey)).update(text).digest("base64url")}`;
        },
      },
    ],
    [
      "signed with the client's secret",
      {
        idToken: (claims) => {
          const text = `${encode({ alg: "HS256" })}.${encode(claims)}`;
          return `${text}.${createHmac("sha256", odd.clientSecret).update(text).digest("base64url")}`;
        },
      },
    ],
    ["that is missing", { answer: { id_token: undefined } }],
    ["that is no token", { answer: { id_token: "nonsense" } }],
  ])("one %s opens nothing", async (_, lie) => {
    odd.lie = typeof lie === "function" ? lie() : lie;
    await expect(signIn()).rejects.toMatchObject({ name: "SignInRefused" });
    expect(odd.exchanged).toBe(1);
  });

  it("the address of somebody counts only when the provider has verified it", async () => {
    for (const verified of [false, undefined, "true", 1]) {
      odd.lie = { claims: { email: "victim@example.com", email_verified: verified } };
      expect((await signIn()).email).toBeUndefined();
    }
  });
});

describe("attack: what a browser brings back from a provider", () => {
  it.each<[string, (parameters: URLSearchParams) => void]>([
    ["of another issuer (mix-up)", (back) => back.set("iss", other.url)],
    ["without the issuer that the provider promises", (back) => back.delete("iss")],
    ["with another state", (back) => back.set("state", "another")],
    ["without a state", (back) => back.delete("state")],
    ["without a code", (back) => back.delete("code")],
    ["with two codes", (back) => back.append("code", "another")],
    ["with two states", (back) => back.append("state", "another")],
    ["with a token in place of a code", (back) => back.set("id_token", "x.y.z")],
    ["that says no", (back) => back.set("error", "access_denied")],
  ])("an answer %s is refused before the provider is asked anything", async (_, change) => {
    odd.lie = { back: change };
    await expect(signIn()).rejects.toMatchObject({ name: "SignInRefused" });
    expect(odd.exchanged).toBe(0);
  });

  it("the code of another attempt is refused: its ID token names that attempt", async () => {
    const provider = new OidcProvider(oidc(), true);
    const stolen = await parametersFrom(provider, { ...attempt, nonce: "nonce-of-the-victim" });
    await expect(provider.finish(attempt, stolen)).rejects.toMatchObject({ name: "SignInRefused" });
  });
});

describe("attack: providers that lead elsewhere", () => {
  it.each<[string, Record<string, unknown> | (() => Record<string, unknown>), "begin" | "finish"]>([
    ["call themselves another", () => ({ issuer: other.url }), "begin"],
    ["sign in at a script", { authorization_endpoint: "javascript:alert(1)" }, "begin"],
    ["sign in without encryption", { authorization_endpoint: "http://public.example/authorize" }, "begin"],
    ["sign in at a private address", { authorization_endpoint: "https://192.168.0.1/authorize" }, "begin"],
    ["exchange codes at the metadata service", { token_endpoint: "https://169.254.169.254/token" }, "finish"],
    ["exchange codes on another port of this machine", () => ({ token_endpoint: `${other.url}/token` }), "finish"],
    ["keep keys on another port of this machine", () => ({ jwks_uri: `${other.url}/keys` }), "finish"],
    ["tell about people at a private name", { userinfo_endpoint: "https://vault.internal/me" }, "finish"],
  ])("those that %s are not followed", async (_, change, when) => {
    odd.lie = { discovery: typeof change === "function" ? change() : change };
    const provider = new OidcProvider(oidc(), true);
    if (when === "begin") {
      await expect(provider.begin(attempt)).rejects.toMatchObject({ name: "ProviderFailure" });
    } else {
      const back = await parametersFrom(provider);
      await expect(provider.finish(attempt, back)).rejects.toMatchObject({ name: refusals });
    }
    expect(other.exchanged).toBe(0);
  });

  it("a provider on this machine is not asked by a registry that is elsewhere", async () => {
    await expect(new OidcProvider(oidc(), false).begin(attempt)).rejects.toMatchObject({ name: "ProviderFailure" });
    const local = new GitHubProvider(hub(), false);
    const before = github.exchanges.length;
    const back = new URLSearchParams({ code: "x", state: attempt.state });
    await expect(local.finish(attempt, back)).rejects.toMatchObject({ name: refusals });
    expect(github.exchanges).toHaveLength(before);
  });
});

describe("attack: GitHub", () => {
  it("an address that is not verified, or not the primary one, is not taken", async () => {
    const email = "victim@example.com";
    github.user = { id: 7, login: "mallory", emails: [{ email, primary: true, verified: false }] };
    expect((await signIn(new GitHubProvider(hub(), true))).email).toBeUndefined();
    github.user = { id: 7, login: "mallory", emails: [{ email, primary: false, verified: true }] };
    expect((await signIn(new GitHubProvider(hub(), true))).email).toBeUndefined();
  });

  it("a code is good once, and only with the verifier of its attempt", async () => {
    const provider = new GitHubProvider(hub(), true);
    const back = await parametersFrom(provider);
    await provider.finish(attempt, back);
    await expect(provider.finish(attempt, back)).rejects.toMatchObject({ name: "SignInRefused" });
    const stolen = await parametersFrom(provider);
    const injected = { ...attempt, verifier: "the-verifier-of-another-attempt-which-is-long-enough" };
    await expect(provider.finish(injected, stolen)).rejects.toMatchObject({ name: "SignInRefused" });
  });

  it("a person who declines is told so, and nothing is exchanged", async () => {
    github.declines = true;
    const before = github.exchanges.length;
    await expect(signIn(new GitHubProvider(hub(), true))).rejects.toMatchObject({ declined: true });
    expect(github.exchanges).toHaveLength(before);
  });

  it.each(["error", "html", "huge"] as const)("an API that answers %s vouches for nobody", async (broken) => {
    github.broken = broken;
    await expect(signIn(new GitHubProvider(hub(), true))).rejects.toMatchObject({ name: "ProviderFailure" });
  });
});
