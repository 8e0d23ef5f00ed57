import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Machine } from "../harness/cli.ts";
import { until } from "../harness/until.ts";
import { openChromium } from "./support/chromium.ts";

const registry = inject("interopUrl");
const handle = `ada-${randomBytes(3).toString("hex")}`;
const password = "correct horse battery staple";

let folder: string;
let machine: Machine;
let browser: BrowserContext;
let page: Page;
const complaints: string[] = [];

/** `docs/images` is made with GATI_SCREENSHOTS=docs/images; else they go with the test. */
const shots = () => process.env["GATI_SCREENSHOTS"] ?? join(folder, "shots");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gati-device-login-"));
  await mkdir(shots(), { recursive: true });
  machine = await Machine.create(registry);
  browser = await openChromium(join(folder, "profile"), { width: 760, height: 640 });
  page = await browser.newPage();
  page.on("console", (message) => complaints.push(message.text()));
  page.on("requestfailed", (request) => complaints.push(`${request.url()} failed`));
});
afterAll(async () => {
  await browser?.close();
  await machine?.remove();
  await rm(folder, { recursive: true, force: true });
});

const overflow = () => page.locator("html").evaluate((html) => html.scrollWidth - html.clientWidth);

async function shoot(name: string): Promise<void> {
  expect(await overflow()).toBe(0);
  await page.screenshot({ path: join(shots(), `${name}.png`), fullPage: true });
}

const button = (name: string) => page.getByRole("button", { name, exact: true });

describe("the walk through device login, in a browser without JavaScript", () => {
  it("from a terminal to the page, through an account that is made on the way, and back", async () => {
    let shown = "";
    const running = machine.gati(["login", "--device"], { onStderr: (text) => (shown += text) });
    const code = await until("a code", () => /the code (\S{4}-\S{4})\./.exec(shown)?.[1]);
    const address = await until("an address", () => /Or open (\S+)/.exec(shown)?.[1]);

    await page.goto(address);
    await expect(page.locator("h1").textContent()).resolves.toBe("Sign in");
    await shoot("sign-in");
    await page.getByRole("link", { name: "Make an account" }).click();
    await page.getByLabel("Handle").fill(handle);
    await page.getByLabel("Password").fill(password);
    await shoot("sign-up");
    await button("Make the account").click();

    await expect(page.locator("h1").textContent()).resolves.toBe("Log in a device");
    await expect(page.getByLabel("Code").inputValue()).resolves.toBe(code);
    await shoot("device-code");
    await button("Continue").click();

    await expect(page.locator("h1").textContent()).resolves.toBe("Let this device in?");
    await expect(page.locator(".user-code").textContent()).resolves.toBe(code);
    await shoot("device-question");
    await button("Let it in").click();
    await expect(page.locator("h1").textContent()).resolves.toBe("The device is in");
    await shoot("device-done");

    expect(await running).toMatchObject({ code: 0, stdout: expect.stringContaining(`as ${handle}`) });
    const who = (await machine.gati(["whoami", "--json"])).json();
    expect(who).toMatchObject({ user: { handle }, credential: { kind: "api-key", scopes: ["read", "publish"] } });
  });

  it("the account's page shows what the device holds, and takes it back", async () => {
    await page.goto(`${registry}/account`);
    await shoot("account");
    await page.locator("li", { hasText: "gati-cli on" }).getByRole("button", { name: "Revoke" }).click();
    await expect(page.getByRole("status").textContent()).resolves.toContain("revoked");
    expect((await machine.gati(["whoami"])).code).toBe(3);
  });

  it("the same pages fit a dark telephone", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.emulateMedia({ colorScheme: "dark" });
    let shown = "";
    const running = machine.gati(["login", "--device"], { onStderr: (text) => (shown += text) });
    const code = await until("a code", () => /the code (\S{4}-\S{4})\./.exec(shown)?.[1]);
    await page.goto(`${registry}/device`);
    await page.getByLabel("Code").fill(code.replace("-", "").toLowerCase());
    await button("Continue").click();
    await shoot("device-question-mobile-dark");
    await button("Refuse").click();
    await expect(page.locator("h1").textContent()).resolves.toBe("Refused");
    expect(await running).toMatchObject({ code: 3, stderr: expect.stringContaining("refused on the page") });
    await page.goto(`${registry}/account`);
    await shoot("account-mobile-dark");
    await button("Sign out").click();
    await page.goto(`${registry}/account`);
    await expect(page.locator("h1").textContent()).resolves.toBe("Sign in");
    await page.getByLabel("Handle").fill(handle);
    await page.getByLabel("Password").fill("wrong password");
    await button("Sign in").click();
    await expect(page.getByRole("alert").textContent()).resolves.toContain("wrong");
    await shoot("sign-in-mobile-dark");
  });

  it("nothing was loaded or sent that the pages' own policy forbids", () => {
    expect(complaints.filter((text) => !/40[013]/.test(text))).toEqual([]);
  });
});
