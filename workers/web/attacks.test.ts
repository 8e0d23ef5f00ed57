import { exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { allRoutes } from "../testing/privacy/requests.ts";

const origin = "http://127.0.0.1";
const form = "application/x-www-form-urlencoded";

const send = (path: string, init: RequestInit = {}) =>
  exports.default.fetch(new Request(`${origin}${path}`, { redirect: "manual", ...init }));

interface Person {
  readonly handle: string;
  /** As a browser sends them. */
  readonly cookie: string;
  /** The value of the session's cookie alone. */
  readonly secret: string;
  /** Of a form on a page that they see. */
  readonly token: string;
}

const cookiesOf = (response: Response) => response.headers.getSetCookie().map((line) => line.split(";")[0] ?? "");
const tokenIn = (html: string) => /name="token" value="([^"]+)"/.exec(html)?.[1] ?? "";

async function signUp(handle: string): Promise<Person> {
  const page = await send("/sign-up");
  const mark = cookiesOf(page).join("; ");
  const body = new URLSearchParams({ token: tokenIn(await page.text()), handle, password: "correct horse battery" });
  const answer = await send("/sign-up", {
    method: "POST",
    headers: { Cookie: mark, Origin: origin, "Content-Type": form },
    body: body.toString(),
  });
  const cookie = cookiesOf(answer).join("; ");
  const account = await send("/account", { headers: { Cookie: cookie } });
  return {
    handle,
    cookie,
    secret: /gati-session=([^;]+)/.exec(cookie)?.[1] ?? "",
    token: tokenIn(await account.text()),
  };
}

let ann: Person;
let eve: Person;
beforeAll(async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  ann = await signUp("page-ann");
  eve = await signUp("page-eve");
});

/** Surfaces that programs speak to, with credentials in headers. Whatever else there is counts as a page. */
const programs = /^\/(?:api|v1|v2|scim|assets|\.well-known|health|ready)\b/;

/** Every address of the pages that takes a form, as the router has it: a new one is here the day it is added. */
const posts = allRoutes()
  .filter(({ method, path }) => method === "POST" && !programs.test(path))
  .map(({ path }) => path);
const pages = allRoutes()
  .filter(({ method, path }) => method === "GET" && !programs.test(path))
  .map(({ path }) => path.replaceAll(/:\w+/g, "nonesuch"));

it("there are pages and forms to attack, and the person is signed in", async () => {
  expect(posts).toEqual(expect.arrayContaining(["/sign-in", "/sign-out", "/device/decide", "/account/keys/revoke"]));
  expect(posts.length).toBeGreaterThan(12);
  expect(pages).toEqual(expect.arrayContaining(["/", "/sign-in", "/account", "/device", "/users/nonesuch"]));
  const account = await send("/account", { headers: { Cookie: ann.cookie } });
  expect(await account.text()).toContain("page-ann");
});

/** What a form of an attacker looks like; each lacks one thing. */
const forgeries: Record<string, (path: string) => RequestInit> = {
  "without a token": () => ({ headers: { Cookie: ann.cookie, Origin: origin, "Content-Type": form }, body: "x=1" }),
  "with the token of another browser": () => ({
    headers: { Cookie: ann.cookie, Origin: origin, "Content-Type": form },
    body: new URLSearchParams({ token: eve.token }).toString(),
  }),
  "from another site": () => ({
    headers: {
      Cookie: ann.cookie,
      Origin: "https://evil.example",
      "Sec-Fetch-Site": "cross-site",
      "Content-Type": form,
    },
    body: new URLSearchParams({ token: ann.token }).toString(),
  }),
  "that says nothing about where it comes from": () => ({
    headers: { Cookie: ann.cookie, "Content-Type": form },
    body: new URLSearchParams({ token: ann.token }).toString(),
  }),
  "as JSON": () => ({
    headers: { Cookie: ann.cookie, Origin: origin, "Content-Type": "application/json" },
    body: JSON.stringify({ token: ann.token }),
  }),
  "as plain text": () => ({
    headers: { Cookie: ann.cookie, Origin: origin, "Content-Type": "text/plain" },
    body: `token=${ann.token}`,
  }),
  "with the token in the address": (path) => ({
    headers: { Cookie: ann.cookie, Origin: origin, "Content-Type": form, Referer: `${origin}${path}` },
    body: "",
  }),
  "with a key in place of a cookie": () => ({
    headers: { Authorization: `Bearer ${ann.secret}`, Origin: origin, "Content-Type": form },
    body: new URLSearchParams({ token: ann.token }).toString(),
  }),
};

describe("attack: forms of the pages (CSRF)", () => {
  it.each(posts.flatMap((path) => Object.keys(forgeries).map((how) => [path, how] as const)))(
    "POST %s %s does nothing",
    async (path, how) => {
      const address = how.includes("address") ? `${path}?token=${ann.token}` : path;
      const answer = await send(address, { method: "POST", ...forgeries[how]?.(path) });
      expect([400, 403]).toContain(answer.status);
      expect(answer.headers.getSetCookie().join()).not.toMatch(/gati-session=(?!;)/);
      const account = await send("/account", { headers: { Cookie: ann.cookie } });
      expect(account.status).toBe(200);
      expect(await account.text()).toContain("page-ann");
    },
  );

  it("a form of a page works: the refusals are not for want of something else", async () => {
    const person = await signUp("page-leaver");
    const answer = await send("/sign-out", {
      method: "POST",
      headers: { Cookie: person.cookie, Origin: origin, "Sec-Fetch-Site": "same-origin", "Content-Type": form },
      body: new URLSearchParams({ token: person.token }).toString(),
    });
    expect(answer.status).toBe(303);
    expect((await send("/account", { headers: { Cookie: person.cookie } })).status).toBe(303);
  });
});

describe("attack: the cookie of the pages elsewhere", () => {
  it.each([
    ["GET", "/api/v1/auth/me", 401],
    ["GET", "/api/v1/account", 401],
    ["GET", "/api/v1/auth/sessions", 401],
    ["POST", "/api/v1/auth/keys", 401],
    ["DELETE", "/api/v1/auth/sessions", 401],
    ["POST", "/v2/users/page-ann/thing/blobs/uploads/", 401],
    ["GET", "/scim/v2/orgs/page-ann/Users", 401],
  ])("%s %s does not look at it", async (method, path, status) => {
    const headers = { Cookie: ann.cookie, Origin: origin, "Content-Type": "application/json" };
    const body = method === "POST" ? JSON.stringify({ name: "x", scopes: ["read"] }) : null;
    expect((await send(path, { method, headers, body })).status).toBe(status);
  });

  it.each(["Bearer", "Basic"])("its secret is no %s credential", async (scheme) => {
    const value = scheme === "Basic" ? btoa(`page-ann:${ann.secret}`) : ann.secret;
    const answer = await send("/api/v1/auth/me", { headers: { Authorization: `${scheme} ${value}` } });
    expect(answer.status).toBe(401);
  });

  it("its secret is no refresh token", async () => {
    const answer = await send("/api/v1/auth/refresh", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ refreshToken: ann.secret }),
    });
    expect(answer.status).toBe(401);
  });

  it("tokens of the API are no cookie", async () => {
    const signedIn = await send("/api/v1/auth/sign-in", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ handle: "page-ann", password: "correct horse battery" }),
    });
    const { token, refreshToken } = await signedIn.json<{ token: string; refreshToken: string }>();
    for (const secret of [token, refreshToken]) {
      const answer = await send("/account", { headers: { Cookie: `gati-session=${secret}` } });
      expect(answer.status).toBe(303);
    }
  });

  it("no other origin is ever allowed to read an answer", async () => {
    for (const path of ["/account", "/api/v1/auth/me"]) {
      const answer = await send(path, { headers: { Cookie: ann.cookie, Origin: "https://evil.example" } });
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    }
  });
});

describe("attack: pages in frames, with scripts, and kept by others", () => {
  it.each(pages)(
    "GET %s may not be framed or run anything, and is kept by nobody when it is somebody's",
    async (path) => {
      const answer = await send(path, { headers: { Cookie: ann.cookie, Accept: "text/html" } });
      const policy = answer.headers.get("content-security-policy") ?? "";
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("form-action 'self'");
      expect(policy).toContain("base-uri 'none'");
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
      expect(answer.headers.get("x-frame-options")).toBe("DENY");
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
      expect(answer.headers.get("referrer-policy")).toBe("same-origin");
      expect(answer.headers.get("cross-origin-opener-policy")).toBe("same-origin");
      expect(answer.headers.get("permissions-policy")).toContain("camera=()");
      expect(answer.headers.get("cache-control")).toBe("private, no-store");
      const html = await answer.text();
      expect(html).not.toMatch(/<script(?![^>]* src="\/assets\/)|\son\w+=|style=|javascript:/i);
    },
  );
});
