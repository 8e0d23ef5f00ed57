import { expect } from "vitest";
import { unique } from "../../http/support/people.ts";
import { type Browser, linkOf, type Page } from "./browser.ts";
import type { SignInScene } from "./scene.ts";
import { password } from "./scene.ts";

interface Caller {
  readonly handle: string;
  readonly token: string;
}

export interface SsoOrg {
  readonly handle: string;
  readonly owner: Caller;
  readonly provider: string;
  readonly callback: string;
  readonly scim: string;
}

/** A call of the REST API; the answer with its JSON. */
export async function call(scene: SignInScene, token: string, method: string, path: string, body?: unknown) {
  const response = await fetch(path.startsWith("http") ? path : `${scene.url}${path}`, {
    method,
    headers: {
      "Content-Type": "application/json",
      ...(token === "" ? {} : { Authorization: token.includes(" ") ? token : `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json");
  // Answers are looked into field by field.
  // oxlint-disable-next-line typescript/no-explicit-any
  return { status: response.status, json: (isJson && text !== "" ? JSON.parse(text) : {}) as Record<string, any> };
}

export async function signUp(scene: SignInScene): Promise<Caller> {
  const handle = unique("owner");
  const { json } = await call(scene, "", "POST", "/api/v1/auth/sign-up", { handle, password });
  return { handle, token: json["token"] };
}

/** An organisation whose own provider is at `issuer`. */
export async function organisation(
  scene: SignInScene,
  client: { url: string; clientId: string; clientSecret: string },
  more: Record<string, unknown> = {},
): Promise<SsoOrg> {
  const owner = await signUp(scene);
  const handle = unique("org");
  expect((await call(scene, owner.token, "POST", "/api/v1/orgs", { handle })).status).toBe(201);
  const { status, json } = await call(scene, owner.token, "PUT", `/api/v1/orgs/${handle}/sso`, {
    issuer: client.url,
    clientId: client.clientId,
    clientSecret: client.clientSecret,
    ...more,
  });
  expect([status, json]).toMatchObject([200, { issuer: client.url, hasSecret: true }]);
  return { handle, owner, provider: json["provider"], callback: json["callback"], scim: json["scim"] };
}

/** From the organisation's page to where its provider sends the browser, or to where `stop` says. */
export async function follow(
  scene: SignInScene,
  browser: Browser,
  org: Pick<SsoOrg, "handle">,
  says = "Continue with",
  stop?: (url: URL) => boolean,
): Promise<Page> {
  const page = await browser.open(`${scene.url}/sign-in/sso/${org.handle}`);
  return browser.open(linkOf(page, says), stop);
}

/** A session token of the API for the person in the browser, let in as a device would be. */
export async function tokenOf(scene: SignInScene, browser: Browser): Promise<string> {
  const form = (fields: Record<string, string>) => ({
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ client_id: "test", ...fields }).toString(),
  });
  const codes = (await (await fetch(`${scene.url}/api/v1/auth/device`, form({ scope: "admin" }))).json()) as Record<
    string,
    string
  >;
  const question = await browser.submit(await browser.open(`${scene.url}/device`), "/device", {
    code: codes["user_code"] ?? "",
  });
  await browser.submit(question, "/device/decide", { decision: "approve" });
  const grant = { grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code: codes["device_code"] ?? "" };
  const answer = (await (await fetch(`${scene.url}/api/v1/auth/device/token`, form(grant))).json()) as Record<
    string,
    string
  >;
  expect(answer).toMatchObject({ access_token: expect.any(String) });
  return answer["access_token"] ?? "";
}
