import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unique } from "../http/support/people.ts";
import { Browser, formOf, linkOf, type Page, textOf } from "./support/browser.ts";
import { password, SignInScene } from "./support/scene.ts";

let scene: SignInScene;
beforeAll(async () => {
  scene = await SignInScene.start();
}, 120_000);
afterAll(() => scene.stop());

const isCallback = (url: URL) => url.pathname.startsWith("/sign-in/callback/");

/** A browser that stands at the last redirect, back to the registry, with this subject of the odd provider. */
async function atCallback(browser: Browser, subject: string, from?: URL): Promise<URL> {
  scene.odd.subject = subject;
  const page = from
    ? await browser.open(from, isCallback)
    : await scene.continueWith(browser, "Odd", "/account", isCallback);
  expect(page.url.pathname).toBe("/sign-in/callback/odd");
  return page.url;
}

async function expectSignedOut(browser: Browser): Promise<void> {
  expect((await browser.open(`${scene.url}/account`)).url.pathname).toBe("/sign-in");
}

async function expectRefused(browser: Browser, page: Page, status: number): Promise<void> {
  expect({ status: page.status, text: textOf(page) }).toMatchObject({ status });
  await expectSignedOut(browser);
}

/** Somebody with an account that the odd provider opens. */
async function join(subject = unique("subject")): Promise<{ browser: Browser; subject: string; handle: string }> {
  const browser = new Browser();
  const handle = unique("odd");
  const asked = await browser.open(await atCallback(browser, subject));
  await browser.submit(asked, "/sign-up/provider", { handle });
  return { browser, subject, handle };
}

describe("attack: the state of a sign-in", () => {
  it.each<[string, (url: URL) => void]>([
    ["that is missing", (url) => url.searchParams.delete("state")],
    ["that is empty", (url) => url.searchParams.set("state", "")],
    ["that somebody made up", (url) => url.searchParams.set("state", `gati_ss_${"x".repeat(49)}`)],
    ["of another kind of secret", (url) => url.searchParams.set("state", `gati_rt_${"x".repeat(49)}`)],
    ["with one letter changed", (url) => url.searchParams.set("state", `${url.searchParams.get("state")}x`)],
  ])("one %s opens nothing", async (_, change) => {
    const browser = new Browser();
    const url = await atCallback(browser, unique("subject"));
    change(url);
    await expectRefused(browser, await browser.open(url), 401);
  });

  it("one that was used opens nothing again, not even for the browser that used it", async () => {
    const { subject, handle } = await join();
    const browser = new Browser();
    const url = await atCallback(browser, subject);
    const mark = new Map(browser.jar(scene.url));
    expect(textOf(await browser.open(url))).toContain(handle);
    const again = new Browser();
    for (const [name, value] of mark) again.jar(scene.url).set(name, value);
    await expectRefused(again, await again.open(url), 401);
  });

  it("one of the attacker's signs no victim in (login CSRF), with cookies of their own or without", async () => {
    const { subject, handle } = await join();
    for (const prepare of [async () => undefined, (victim: Browser) => victim.open(`${scene.url}/sign-in`)]) {
      const attacker = new Browser();
      const url = await atCallback(attacker, subject);
      const victim = new Browser();
      await prepare(victim);
      const page = await victim.open(url);
      await expectRefused(victim, page, 401);
      expect(textOf(page)).not.toContain(handle);
    }
  });

  it("one for one provider is not taken from another (mix-up)", async () => {
    const browser = new Browser();
    const url = await atCallback(browser, unique("subject"));
    for (const provider of ["work", "github"]) {
      const other = new URL(url.href.replace("/callback/odd", `/callback/${provider}`));
      await expectRefused(browser, await browser.open(other), 401);
    }
    // It was used up by the first of them.
    await expectRefused(browser, await browser.open(url), 401);
  });

  it("one for a provider that nobody configured is not looked at", async () => {
    const browser = new Browser();
    const url = await atCallback(browser, unique("subject"));
    await expectRefused(browser, await browser.open(new URL(url.href.replace("/odd?", "/constructor?"))), 404);
  });

  it("a link that the attacker made begins no sign-in", async () => {
    const attacker = new Browser();
    const link = linkOf(await attacker.open(`${scene.url}/sign-in`), "Continue with Odd");
    const victim = new Browser();
    await victim.open(`${scene.url}/sign-in`);
    const before = scene.odd.exchanged;
    for (const address of [
      link,
      new URL(`${scene.url}/sign-in/with/odd`),
      new URL(`${scene.url}/sign-in/with/odd?token=`),
    ]) {
      expect((await victim.open(address)).url.pathname).toBe("/sign-in");
    }
    expect(scene.odd.exchanged).toBe(before);
  });

  it("an address to come back to that is not the registered one is refused by the provider", async () => {
    const browser = new Browser();
    const page = await scene.continueWith(browser, "Work", "/account", (url) => url.origin === scene.real.url);
    page.url.searchParams.set("redirect_uri", "https://evil.example/callback");
    const refused = await browser.open(page.url);
    expect(refused.url.origin).toBe(scene.real.url);
    expect(refused.status).toBe(400);
  });
});

describe("attack: linking", () => {
  it("the same verified address opens nobody's account, and says what to do", async () => {
    const email = `${unique("victim")}@example.com`;
    scene.odd.claims = { email, email_verified: true };
    const owner = await join();
    scene.odd.claims = {};
    // Somebody else, at another provider, with that address.
    const mallory = new Browser();
    const page = await scene.arriveWithWork(mallory, unique("mallory"), { email, email_verified: true });
    expect(page.url.pathname).toBe("/sign-up/provider");
    expect(textOf(page)).toContain(`There is an account with ${email} already`);
    await expectSignedOut(mallory);
    expect(textOf(await owner.browser.open(`${scene.url}/account`))).not.toContain("Work as");
  });

  it("an address that the provider has not verified is neither told about nor taken", async () => {
    const email = `${unique("victim")}@example.com`;
    scene.odd.claims = { email, email_verified: true };
    await join();
    scene.odd.claims = { email, email_verified: false };
    const mallory = new Browser();
    const page = await mallory.open(await atCallback(mallory, unique("subject")));
    expect(textOf(page)).not.toContain(email);
    const account = await mallory.submit(page, "/sign-up/provider", { handle: unique("mallory") });
    expect(textOf(account)).toContain("No address");
    scene.odd.claims = {};
  });

  it("an identity opens one account: nobody links it to a second one", async () => {
    const owner = await join();
    const mallory = new Browser();
    const { page } = await scene.signUp(mallory);
    const refused = await mallory.open(await atCallback(mallory, owner.subject, linkOf(page, "Link Odd")));
    expect(refused.status).toBe(409);
    expect(textOf(refused)).toContain("opens another account here");
    const again = new Browser();
    expect(textOf(await again.open(await atCallback(again, owner.subject)))).toContain(owner.handle);
  });

  it("what the attacker began links nothing to the victim's account", async () => {
    const attacker = new Browser();
    const { page } = await scene.signUp(attacker);
    const url = await atCallback(attacker, unique("subject"), linkOf(page, "Link Odd"));
    const victim = new Browser();
    await scene.signUp(victim);
    expect((await victim.open(url)).status).toBe(401);
    expect(textOf(await victim.open(`${scene.url}/account`))).toContain("Link Odd");
  });

  it("somebody else who signs in with the same browser meanwhile gets no identity linked", async () => {
    const browser = new Browser();
    const first = await scene.signUp(browser);
    const url = await atCallback(browser, unique("subject"), linkOf(first.page, "Link Odd"));
    await browser.submit(await browser.open(`${scene.url}/account`), "/sign-out");
    await scene.signUp(browser);
    expect((await browser.open(url)).status).toBe(401);
    expect(textOf(await browser.open(`${scene.url}/account`))).toContain("Link Odd");
  });

  it("a link that another site made links nothing, though its victim is signed in", async () => {
    const victim = new Browser();
    await scene.signUp(victim);
    const before = scene.odd.exchanged;
    await victim.open(`${scene.url}/sign-in/with/odd?link=1&return_to=/account`);
    expect(scene.odd.exchanged).toBe(before);
    expect(textOf(await victim.open(`${scene.url}/account`))).toContain("Link Odd");
  });

  it("what was vouched for makes one account, in the browser that brought it", async () => {
    const browser = new Browser();
    const asked = await browser.open(await atCallback(browser, unique("subject")));
    const proof = new Map(browser.jar(scene.url));
    await browser.submit(asked, "/sign-up/provider", { handle: unique("first") });
    const thief = new Browser();
    for (const [name, value] of proof) thief.jar(scene.url).set(name, value);
    const { action, fields } = formOf(asked, "/sign-up/provider");
    const page = await thief.post(action, { ...fields, handle: unique("second") }, scene.url);
    await expectRefused(thief, page, 401);
  });

  it.each([
    ["reserved", "admin"],
    ["no handle", "../etc"],
    ["a script", "<script>alert(1)</script>"],
  ])("a handle that is %s is refused on the page", async (_, handle) => {
    const browser = new Browser();
    const asked = await browser.open(await atCallback(browser, unique("subject")));
    const page = await browser.submit(asked, "/sign-up/provider", { handle });
    expect([400, 409]).toContain(page.status);
    expect(page.html).not.toContain("<script>alert");
    await expectSignedOut(browser);
  });
});

describe("attack: redirects that lead elsewhere", () => {
  it.each([
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/%09/evil.example/..//evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "https:evil.example",
    "/account@evil.example/../..//evil.example",
    " //evil.example",
    "/\r\nLocation: https://evil.example",
  ])("%j after a sign-in stays here", async (target) => {
    const { handle } = await scene.signUp(new Browser());
    const browser = new Browser();
    const page = await browser.open(`${scene.url}/sign-in`);
    const { action, fields } = formOf(page, "/sign-in");
    const answer = await browser.send("POST", action, {
      body: new URLSearchParams({ ...fields, handle, password, return_to: target }).toString(),
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        Origin: scene.url,
        "Sec-Fetch-Site": "same-origin",
      },
    });
    expect(answer.status).toBe(303);
    const location = answer.headers.get("location") ?? "";
    expect(location).toMatch(/^\/(?![/\\])/);
    expect(new URL(location, scene.url).origin).toBe(scene.url);
  });
});
