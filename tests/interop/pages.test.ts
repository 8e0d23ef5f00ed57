import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Person, newPerson } from "./support/person.ts";

const candidates = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
const registry = inject("interopUrl");

let profile: string;
let browser: BrowserContext;
let page: Page;
let person: Person;
/** What the browser complained about: blocked content, failed requests. */
const complaints: string[] = [];

beforeAll(async () => {
  const executablePath = candidates.find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error("there is no Chromium; scripts/install-tools.sh installs it");
  profile = await mkdtemp(join(tmpdir(), "gati-browser-"));
  browser = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: [...quiet, "--disable-component-update", "--disable-sync"],
    javaScriptEnabled: false,
    viewport: { width: 360, height: 740 },
  });
  page = await browser.newPage();
  page.on("console", (message) => complaints.push(message.text()));
  page.on("requestfailed", (request) => complaints.push(`${request.url()} failed`));
  person = await newPerson();
  await person.run("oras", "login", "--plain-http", "-u", person.handle, "-p", person.key, person.host);
  const image = person.image("a-rather-long-name-for-an-artifact-on-a-small-screen");
  await person.run(
    "oras",
    "push",
    "--plain-http",
    `${image}:1.0.0`,
    "--config",
    "/dev/null:application/vnd.oci.image.config.v1+json",
  );
});

afterAll(async () => {
  await browser?.close();
  await rm(profile, { recursive: true, force: true });
});

/** How far the page is wider than the window: a reader would have to scroll sideways. */
async function overflow(): Promise<number> {
  const width = await page.locator("html").evaluate((html) => html.scrollWidth - html.clientWidth);
  return width;
}

describe("pages at 360 px without JavaScript", () => {
  it("the first page says what this is, what is new and how to publish", async () => {
    const response = await page.goto(registry);
    expect(response?.status()).toBe(200);
    expect(response?.headers()["content-security-policy"]).toContain("default-src 'none'");
    await expect(page.locator("h1").textContent()).resolves.toContain("One registry");
    expect(await page.locator(".card").count()).toBeGreaterThan(0);
    await expect(page.locator("main").textContent()).resolves.toContain("gati module publish");
    expect(await overflow()).toBe(0);
  });

  it("leads from a card to the artifact with its commands and versions, and on to its owner", async () => {
    await page.goto(registry);
    await page.locator(".card", { hasText: person.handle }).first().click();
    await expect(page.locator("h1").textContent()).resolves.toBe(
      `@${person.handle}/a-rather-long-name-for-an-artifact-on-a-small-screen`,
    );
    await expect(page.locator("pre").first().textContent()).resolves.toContain(`${person.handle}/a-rather-long-name`);
    await expect(page.locator("table").first().textContent()).resolves.toContain("1.0.0");
    expect(await overflow()).toBe(0);

    await page.getByRole("link", { name: person.handle, exact: true }).click();
    await expect(page.locator("h1").textContent()).resolves.toBe(person.handle);
    expect(await overflow()).toBe(0);
  });

  it("says in a page what is not there", async () => {
    const response = await page.goto(`${registry}/users/${person.handle}/nothing`);
    expect(response?.status()).toBe(404);
    await expect(page.locator("h1").textContent()).resolves.toBe("Nothing here");
    const lost = await page.goto(`${registry}/no/such/place`);
    expect(lost?.status()).toBe(404);
    expect(lost?.headers()["content-type"]).toContain("text/html");
  });

  it("loads nothing that its policy forbids", () => {
    expect(complaints.filter((text) => !text.includes("404"))).toEqual([]);
  });
});
