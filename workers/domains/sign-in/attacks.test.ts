import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { ConfiguredProvider } from "../../adapters/sign-in/index.ts";
import { freshAccount, verbContext } from "../../testing/account.ts";
import { changeEmail, setFirstPassword } from "../accounts/index.ts";
import { fromBrowserSession } from "../auth/browser-session.ts";
import { finishSignIn } from "../auth/index.ts";
import {
  beginSignIn,
  finishProviderSignIn,
  makeAccount,
  ownIdentities,
  pruneSignIns,
  unlinkOwnIdentity,
} from "./index.ts";

const identity = { issuer: "https://id.example", subject: "s", name: "somebody", email: undefined };
const provider: ConfiguredProvider = {
  about: { id: "fake", name: "Fake", issuer: identity.issuer, signUp: undefined },
  begin: async ({ state }) => new URL(`https://id.example/authorize?state=${state}`),
  finish: async () => ({ ...identity, subject: subjectNow }),
};
let subjectNow = "s";
const providers = new Map([["fake", provider]]);
const scene = verbContext(undefined, { identityProviders: providers });
const origin = "http://127.0.0.1";
const browser = "the cookie of this browser";

async function signedIn(more: { passwordHash?: string } = {}) {
  const account = await freshAccount(more);
  const proofs = { agent: "browser", proved: ["password"], browser: true } as const;
  const { refreshToken } = await finishSignIn(scene.ctx, account, proofs);
  const actor = await fromBrowserSession({ ...scene.ctx, address: undefined }, refreshToken);
  return { account, ctx: { ...scene.ctx, actor } };
}

async function goAndComeBack(ctx: typeof scene.ctx, link: boolean, wait = 0) {
  const url = await beginSignIn(ctx, { provider: "fake", origin, browser, returnTo: "/", link });
  scene.clock.now += wait;
  const parameters = new URLSearchParams({ state: url.searchParams.get("state") ?? "" });
  return finishProviderSignIn(ctx, { provider: "fake", origin, browser, parameters, agent: undefined });
}

const minute = 60_000;

describe("attack: sign-in with providers, in time", () => {
  it("who comes back after ten minutes opens nothing", async () => {
    await expect(goAndComeBack(scene.ctx, false, 10 * minute + 1)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("of many who come back with one state at once one is listened to", async () => {
    const url = await beginSignIn(scene.ctx, { provider: "fake", origin, browser, returnTo: "/", link: false });
    const parameters = new URLSearchParams({ state: url.searchParams.get("state") ?? "" });
    const back = { provider: "fake", origin, browser, parameters, agent: undefined };
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => finishProviderSignIn(scene.ctx, back)));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("a handle has to be chosen within fifteen minutes, once, also by many at once", async () => {
    subjectNow = crypto.randomUUID();
    const late = await goAndComeBack(scene.ctx, false);
    if (late.kind !== "new") throw new Error(late.kind);
    scene.clock.now += 15 * minute + 1;
    const choose = (proof: string, handle: string) => makeAccount(scene.ctx, proof, { handle, agent: undefined });
    await expect(choose(late.proof, "too-late")).rejects.toMatchObject({ code: "unauthenticated" });
    const inTime = await goAndComeBack(scene.ctx, false);
    if (inTime.kind !== "new") throw new Error(inTime.kind);
    const chosen = await Promise.allSettled(["first-one", "second-one"].map((handle) => choose(inTime.proof, handle)));
    expect(chosen.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(
      (await env.DB.prepare("SELECT count(*) AS n FROM users WHERE handle IN ('first-one','second-one')").first())?.[
        "n"
      ],
    ).toBe(1);
  });

  it("a session that is older than ten minutes neither links, unlinks nor sets a first password", async () => {
    const old = await signedIn();
    scene.clock.now += 10 * minute + 1;
    for (const call of [
      () => goAndComeBack(old.ctx, true),
      () => unlinkOwnIdentity(old.ctx, identity.issuer, "s"),
      () => setFirstPassword(old.ctx, "a long enough password"),
      () => changeEmail(old.ctx, { email: "evil@example.com", password: "" }),
    ])
      await expect(call()).rejects.toMatchObject({ code: "denied" });
  });

  it("a session that grows old at the provider links nothing when it comes back", async () => {
    const person = await signedIn();
    scene.clock.now += 5 * minute;
    await expect(goAndComeBack(person.ctx, true, 6 * minute)).rejects.toMatchObject({ code: "denied" });
    expect(await ownIdentities(person.ctx)).toEqual([]);
  });

  it("a first password is no way around the one that is there", async () => {
    const person = await signedIn({ passwordHash: "scrypt$1$1$1$c2FsdA==$aGFzaA==" });
    await expect(setFirstPassword(person.ctx, "a long enough password")).rejects.toMatchObject({
      code: "already_done",
    });
  });

  it("two last ways in that are taken away at once leave one", async () => {
    const person = await signedIn();
    const subjects = [crypto.randomUUID(), crypto.randomUUID()];
    for (subjectNow of subjects) await goAndComeBack(person.ctx, true);
    const gone = await Promise.allSettled(
      subjects.map((subject) => unlinkOwnIdentity(person.ctx, identity.issuer, subject)),
    );
    expect(gone.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await ownIdentities(person.ctx)).toHaveLength(1);
  });

  it("somebody else's identity is not unlinked, and looks like none", async () => {
    const [owner, eve] = [await signedIn(), await signedIn()];
    subjectNow = crypto.randomUUID();
    await goAndComeBack(owner.ctx, true);
    const other = unlinkOwnIdentity(eve.ctx, identity.issuer, subjectNow);
    await expect(other).rejects.toMatchObject({ code: "name_unknown" });
    expect(await ownIdentities(owner.ctx)).toHaveLength(1);
  });

  it("a provider that the operator has removed signs nobody in", async () => {
    const gone = { ...scene.ctx, identityProviders: new Map() };
    await expect(goAndComeBack(gone, false)).rejects.toMatchObject({ code: "name_unknown" });
  });

  it("neither state, verifier nor cookie of a sign-in is kept longer than it lasts", async () => {
    await beginSignIn(scene.ctx, { provider: "fake", origin, browser, returnTo: "/", link: false });
    const rows = JSON.stringify((await env.DB.prepare("SELECT * FROM sign_in_attempts").all()).results);
    expect(rows).not.toContain("gati_ss_");
    expect(rows).not.toContain(browser);
    scene.clock.now += 20 * minute;
    await pruneSignIns(scene.ctx);
    expect((await env.DB.prepare("SELECT count(*) AS n FROM sign_in_attempts").first())?.["n"]).toBe(0);
  });
});

describe("what a session says of how it was opened", () => {
  it("a provider is named in it, and in the tokens that it buys", async () => {
    subjectNow = crypto.randomUUID();
    const first = await goAndComeBack(scene.ctx, false);
    if (first.kind !== "new") throw new Error(first.kind);
    const { session } = await makeAccount(scene.ctx, first.proof, { handle: "said-so", agent: undefined });
    const user = await fromBrowserSession({ ...scene.ctx, address: undefined }, session.refreshToken);
    expect(user).toMatchObject({ signIn: "fake", credential: { kind: "session", methods: ["provider"] } });
  });
});
