import type { Api } from "../../harness/api.ts";
import type { Browser, Page } from "./browser.ts";

const grant = "urn:ietf:params:oauth:grant-type:device_code";

export interface Codes {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
  readonly interval: number;
}

/** A form as OAuth clients send it. */
export function oauth(api: Api, path: string, fields: Record<string, string>): Promise<Response> {
  return api.send("POST", `/api/v1/auth/device${path}`, {
    body: new URLSearchParams(fields).toString(),
    headers: { "Content-Type": "application/x-www-form-urlencoded", "User-Agent": "test-client/1.0" },
  });
}

export async function begin(api: Api, fields: Record<string, string> = {}): Promise<Codes> {
  const answer = await oauth(api, "", { client_id: "test client", ...fields });
  if (answer.status !== 200) throw new Error(`no codes: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Codes;
}

export async function poll(api: Api, deviceCode: string): Promise<{ status: number; json: Record<string, unknown> }> {
  const answer = await oauth(api, "/token", { grant_type: grant, device_code: deviceCode, client_id: "test client" });
  return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
}

/** What a signed-in person does: types the code, looks at the device, decides. */
export async function decide(
  browser: Browser,
  registry: string,
  userCode: string,
  decision: "approve" | "deny",
): Promise<{ question: Page; done: Page }> {
  const page = await browser.open(`${registry}/device`);
  const question = await browser.submit(page, "/device", { code: userCode });
  return { question, done: await browser.submit(question, "/device/decide", { decision }) };
}
