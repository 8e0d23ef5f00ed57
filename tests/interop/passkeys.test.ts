import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, type CDPSession, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";

const candidates = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
/** Passkeys belong to names: browsers make none for an address of numbers. */
const registry = inject("interopUrl").replace("127.0.0.1", "localhost");
const password = "the password of these tests";
const handle = `p-${randomBytes(6).toString("hex")}`;

let profile: string;
let browser: BrowserContext;
let page: Page;
let devtools: CDPSession;
let authenticatorId: string;
/** What the browser complained about: blocked content, failed requests. */
const complaints: string[] = [];

/** Plugs in an authenticator of the browser's own (the WebAuthn domain of the DevTools protocol). */
async function plugIn(isUserVerified: boolean): Promise<string> {
  const options = {
    protocol: "ctap2",
    transport: "internal",
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified,
    automaticPresenceSimulation: true,
  } as const;
  return (await devtools.send("WebAuthn.addVirtualAuthenticator", { options })).authenticatorId;
}

beforeAll(async () => {
  const executablePath = candidates.find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error("there is no Chromium; scripts/install-tools.sh installs it");
  const signedUp = await fetch(`${registry}/api/v1/auth/sign-up`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ handle, password }),
  });
  expect(signedUp.status).toBe(201);
  profile = await mkdtemp(join(tmpdir(), "gati-passkeys-"));
  browser = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: [...quiet, "--disable-component-update", "--disable-sync"],
    viewport: { width: 360, height: 740 },
  });
  page = await browser.newPage();
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  devtools = await browser.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  authenticatorId = await plugIn(true);
});

afterAll(async () => {
  await browser?.close();
  await rm(profile, { recursive: true, force: true });
});

async function givePassword(): Promise<void> {
  await page.goto(`${registry}/sign-in?return_to=/account/second-factor`);
  await page.fill("[name=handle]", handle);
  await page.fill("[name=password]", password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

const signOut = () => page.getByRole("button", { name: "Sign out" }).click();
const heading = () => page.locator("h1").textContent();

describe("passkeys in a real browser", () => {
  let recoveryCodes: string[] = [];

  it("one is added on the account's page, and brings recovery codes", async () => {
    await givePassword();
    expect(await heading()).toBe("Second factor");
    await page.fill("[name=name]", "laptop");
    await page.fill("[name=password]", password);
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.locator("#recovery-codes").waitFor();
    recoveryCodes = ((await page.locator("#recovery-codes").textContent()) ?? "").split("\n");
    expect(recoveryCodes).toHaveLength(10);
    await expect(page.locator(".rows").first().textContent()).resolves.toContain("laptop");
  });

  it("is asked for after the password", async () => {
    await signOut();
    await givePassword();
    expect(await heading()).toBe("One more step");
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await page.waitForURL("**/account/second-factor");
    expect(await heading()).toBe("Second factor");
  });

  it("signs in alone", async () => {
    await signOut();
    await page.goto(`${registry}/sign-in`);
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await page.waitForURL("**/account");
    expect(await heading()).toBe(handle);
  });

  it("of a browser that does not know its user is refused alone, and one that has none says so", async () => {
    await signOut();
    await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
    await page.goto(`${registry}/sign-in`);
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await page.getByText("The browser used no passkey.").waitFor();
    await devtools.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId });
    authenticatorId = await plugIn(true);
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await page.getByText("The browser used no passkey.").waitFor();
  });

  it("has a recovery code in its place, which opens the way to remove it", async () => {
    await givePassword();
    await page.fill("[name=code]", recoveryCodes[0] ?? "");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.waitForURL("**/account/second-factor");
    await page.getByRole("button", { name: "Remove" }).click();
    await page.waitForURL("**/account/second-factor?done=removed");
    await expect(page.locator("main").textContent()).resolves.toContain("Your password alone opens this account.");
  });

  it("needs no exception from the pages' policy", () => {
    expect(complaints).toEqual([]);
  });
});
