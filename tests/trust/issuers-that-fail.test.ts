import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { OidcIssuer } from "../harness/oidc-issuer.ts";
import { expectProblem } from "../http/support/errors.ts";
import { unique } from "../http/support/people.ts";
import { audience, TrustScene } from "./scene.ts";

let scene: TrustScene;
/** Whom a misbehaving issuer sends the registry to. */
let elsewhere: OidcIssuer;

beforeAll(async () => {
  [scene, elsewhere] = await Promise.all([TrustScene.start(), OidcIssuer.start()]);
}, 120_000);
afterAll(() => Promise.all([scene.stop(), elsewhere.stop()]));
beforeEach(() => {
  elsewhere.asked = 0;
  scene.other.misbehave = undefined;
  scene.other.discovery = {};
});

const token = () => scene.other.token({ aud: audience, sub: unique("bot") });
const unavailable = async () => expectProblem(await scene.exchange(await token()), 503, "unavailable");

// Discovery is remembered once it worked, so what fails comes first.
it.each<[string, () => void]>([
  [
    "redirects discovery",
    () => (scene.other.misbehave = () => ({ status: 302, headers: { Location: elsewhere.url } })),
  ],
  ["answers 500", () => (scene.other.misbehave = () => ({ status: 500 }))],
  ["answers no JSON", () => (scene.other.misbehave = () => ({ status: 200, body: "<html>" }))],
  ["answers without end", () => (scene.other.misbehave = () => ({ status: 200, body: "x".repeat(1_000_000) }))],
  ["calls itself another", () => (scene.other.discovery = { issuer: scene.github.url })],
  [
    "keeps its keys on another port of this machine",
    () => (scene.other.discovery = { jwks_uri: `${elsewhere.url}/keys` }),
  ],
  [
    "keeps its keys at a private address",
    () => (scene.other.discovery = { jwks_uri: "https://169.254.169.254/latest" }),
  ],
  ["keeps its keys at a number", () => (scene.other.discovery = { jwks_uri: "https://2130706433/keys" })],
  ["keeps its keys at an IPv6 address", () => (scene.other.discovery = { jwks_uri: "https://[::1]/keys" })],
  ["keeps its keys on this very host", () => (scene.other.discovery = { jwks_uri: "https://localhost/keys" })],
  ["keeps its keys without encryption", () => (scene.other.discovery = { jwks_uri: "http://keys.example/keys" })],
  ["keeps its keys in a file", () => (scene.other.discovery = { jwks_uri: "file:///etc/passwd" })],
])("an issuer that %s is not followed", async (_, misbehave) => {
  misbehave();
  await unavailable();
  expect(elsewhere.asked).toBe(0);
});

it("an issuer whose keys cannot be had now is asked again, and the token is not used up", async () => {
  const sub = unique("bot");
  const ann = await scene.person();
  const repository = `users/${ann.handle}/thing`;
  await scene.trust(ann.session, repository, { provider: "oidc", issuer: scene.other.url, claims: { sub } });
  const good = await scene.other.token({ aud: audience, sub });
  for (const answer of [
    { status: 302, headers: { Location: `${elsewhere.url}/keys` } },
    { status: 500 },
    { status: 200, body: `{"keys":"x"}` },
    { status: 200, body: `{"keys":[${`"${"x".repeat(1000)}",`.repeat(1000)}""]}` },
  ]) {
    scene.other.misbehave = (path) => (path === "/keys" ? answer : undefined);
    await expectProblem(await scene.exchange(good), 503, "unavailable");
  }
  expect(elsewhere.asked).toBe(0);
  scene.other.misbehave = undefined;
  expect((await scene.exchanged(good)).repositories).toEqual([repository]);
});

it("keys that are not the issuer's make it ask the issuer again, but not every time", async () => {
  const before = scene.github.asked;
  for (let i = 0; i < 30; i++) {
    const odd = await scene.github.token({ aud: audience, sub: "x" }, { header: { kid: unique("kid") } });
    await expectProblem(await scene.exchange(odd), 401, "unauthenticated");
  }
  expect(scene.github.asked - before).toBeLessThanOrEqual(8);
});

it("tells which audience tokens need", async () => {
  expect(await scene.api.read("GET", "/api/v1/auth/oidc/audience")).toEqual({ audience });
});
