import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Api } from "../harness/api.ts";
import { RestartableRegistry } from "../harness/registry-process.ts";
import { mail, operatorSession } from "../http/support/mail.ts";
import { unique } from "../http/support/people.ts";
import { Browser, formOf } from "./support/browser.ts";
import { password } from "./support/scene.ts";

const origin = "https://registry.example";
let registry: RestartableRegistry;
let api: Api;
beforeAll(async () => {
  registry = await RestartableRegistry.start({ GATI_PUBLIC_URL: origin, GATI_ADDRESS_HEADER: "X-Real-IP" });
  api = new Api(registry.url);
}, 120_000);
afterAll(() => registry.remove());

const formHeaders = {
  "Content-Type": "application/x-www-form-urlencoded",
  Origin: origin,
  "Sec-Fetch-Site": "same-origin",
};

/** Signs up as a browser does that reaches the registry through its proxy. */
async function signUp(browser: Browser, email = ""): Promise<Response> {
  const page = await browser.open(`${registry.url}/sign-up`);
  const { fields } = formOf(page, "/sign-up");
  const body = new URLSearchParams({ ...fields, handle: unique("user"), password, email }).toString();
  return browser.send("POST", new URL(`${registry.url}/sign-up`), { headers: formHeaders, body });
}

describe("attack: a registry behind TLS", () => {
  it("cookies of it are out of reach of scripts, of other hosts and of plain HTTP", async () => {
    const answer = await signUp(new Browser());
    expect(answer.status).toBe(303);
    const cookies = answer.headers.getSetCookie();
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^__Host-gati-(?:session|browser)=/);
      expect(cookie.split("; ")).toEqual(expect.arrayContaining(["Path=/", "HttpOnly", "Secure", "SameSite=Lax"]));
      expect(cookie).not.toMatch(/domain=/i);
    }
    expect(cookies.join()).toContain("__Host-gati-session=gati_bs_");
  });

  it("pages may be reached by TLS alone from then on", async () => {
    const page = await new Browser().open(`${registry.url}/sign-in`);
    expect(page.headers.get("strict-transport-security")).toBe("max-age=63072000");
  });

  it.each([
    ["another origin", { Origin: "https://evil.example" }],
    ["the origin without TLS", { Origin: "http://registry.example" }],
    ["the origin with a port", { Origin: "https://registry.example:8443" }],
    ["an origin that begins like it", { Origin: "https://registry.example.evil.example" }],
    ["no origin that it says", { Origin: "null" }],
    ["another site, as the browser says", { "Sec-Fetch-Site": "cross-site" }],
    ["a neighbour of the same site", { "Sec-Fetch-Site": "same-site" }],
  ])("a form from %s is refused, though cookie and token are right", async (_, headers) => {
    const browser = new Browser();
    const { fields } = formOf(await browser.open(`${registry.url}/sign-up`), "/sign-up");
    const body = new URLSearchParams({ ...fields, handle: unique("user"), password }).toString();
    const answer = await browser.send("POST", new URL(`${registry.url}/sign-up`), {
      headers: { ...formHeaders, ...headers },
      body,
    });
    expect(answer.status).toBe(403);
    expect(answer.headers.getSetCookie().join()).not.toContain("gati_bs_");
  });

  it("no header of a request changes where mails and devices lead", async () => {
    const spoofed = { Host: "evil.example", "X-Forwarded-Host": "evil.example", Forwarded: "host=evil.example" };
    const email = `${unique("person")}@example.com`;
    await signUp(new Browser(), email);
    const operator = await operatorSession(api);
    const verification = await mail(api, operator, email, "Confirm your e-mail address");
    expect(verification.text).toContain(`${origin}/confirm-email?secret=gati_ev_`);
    const codes = await api.send("POST", "/api/v1/auth/device", {
      headers: { "Content-Type": "application/x-www-form-urlencoded", ...spoofed },
      body: "client_id=x",
    });
    expect(await codes.json()).toMatchObject({ verification_uri: `${origin}/device` });
  });
});

describe("links of mails", () => {
  it("confirm an address with a press of a button, and set a new password", async () => {
    const browser = new Browser();
    const email = `${unique("person")}@example.com`;
    await signUp(browser, email);
    const operator = await operatorSession(api);
    const send = (path: string, fields: Record<string, string>) =>
      browser.send("POST", new URL(`${registry.url}${path}`), {
        headers: formHeaders,
        body: new URLSearchParams(fields).toString(),
      });
    const linkIn = (text: string) => new URL(/https:\S+secret=\S+/.exec(text)?.[0] ?? "");
    const confirm = linkIn((await mail(api, operator, email, "Confirm your e-mail address")).text);
    // Opening it alone does nothing: programs that read mails do that.
    const page = await browser.open(`${registry.url}${confirm.pathname}${confirm.search}`);
    expect(page.html).not.toContain("is confirmed");
    const confirmed = await send("/confirm-email", formOf(page, "/confirm-email").fields);
    expect(await confirmed.text()).toContain(`${email} is confirmed`);

    const { fields } = formOf(await browser.open(`${registry.url}/forgot-password`), "/forgot-password");
    expect((await send("/forgot-password", { ...fields, account: email })).status).toBe(200);
    const reset = linkIn((await mail(api, operator, email, "Set a new password")).text);
    const form = formOf(await browser.open(`${registry.url}${reset.pathname}${reset.search}`), "/reset-password");
    const done = await send("/reset-password", { ...form.fields, password: "another good passphrase" });
    expect(done.headers.get("location")).toBe("/sign-in?done=password");
  });
});

describe("attack: a registry that was not told its address", () => {
  it("signs nobody in and lets no device in under a name that a request made up", async () => {
    const bare = await RestartableRegistry.start();
    try {
      const { request } = await import("node:http");
      const ask = (path: string, method = "GET", body = "") =>
        new Promise<{ status: number; text: string }>((resolve, reject) => {
          const headers = {
            Host: "evil.example",
            "Content-Type": "application/x-www-form-urlencoded",
            Accept: "text/html",
          };
          const sent = request(new URL(path, bare.url), { method, headers }, (answer) => {
            let text = "";
            answer.setEncoding("utf8").on("data", (part: string) => (text += part));
            answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
          });
          sent.on("error", reject).end(body);
        });
      expect((await ask("/sign-in")).status).toBe(405);
      expect((await ask("/sign-up")).status).toBe(405);
      const codes = await ask("/api/v1/auth/device", "POST", "client_id=x");
      expect(codes.status).toBeGreaterThanOrEqual(400);
      expect(codes.text).not.toContain("verification_uri");
    } finally {
      await bare.remove();
    }
  });
});
