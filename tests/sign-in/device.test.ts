import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Machine } from "../harness/cli.ts";
import { until } from "../harness/until.ts";
import { createClient } from "../../packages/sdk/src/index.ts";
import { Browser, textOf } from "./support/browser.ts";
import { begin, decide, poll } from "./support/device.ts";
import { SignInScene } from "./support/scene.ts";

let scene: SignInScene;
let browser: Browser;
let handle: string;
beforeAll(async () => {
  scene = await SignInScene.start();
  browser = new Browser();
  ({ handle } = await scene.signUp(browser));
}, 120_000);
afterAll(() => scene.stop());

it("a device gets a session with the scopes that it asked for, and refreshes it", async () => {
  const codes = await begin(scene.api, { scope: "read", device_name: "Ada's laptop" });
  expect(codes).toMatchObject({
    verification_uri: `${scene.url}/device`,
    verification_uri_complete: `${scene.url}/device?code=${codes.user_code}`,
    expires_in: 600,
    interval: 5,
  });
  expect(codes.user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
  const { question, done } = await decide(browser, scene.url, codes.user_code, "approve");
  expect(textOf(question)).toContain("test client on Ada's laptop");
  expect(textOf(question)).toContain("read what you may see");
  expect(textOf(question)).not.toContain("publish and change");
  expect(textOf(done)).toContain("The device is in");

  const { status, json } = await poll(scene.api, codes.device_code);
  expect({ status, json }).toMatchObject({ status: 200, json: { token_type: "Bearer", scope: "read", handle } });
  const as = { bearer: String(json["access_token"]) };
  expect(await scene.api.read("GET", "/api/v1/auth/me", { as })).toMatchObject({
    user: { handle },
    credential: { kind: "session", scopes: ["read"] },
  });
  expect((await scene.api.send("POST", "/api/v1/orgs", { as, json: { handle: "nope" } })).status).toBe(403);
  const next = await scene.api.read<{ token: string }>("POST", "/api/v1/auth/refresh", {
    json: { refreshToken: json["refresh_token"] },
  });
  const me = await createClient({ registry: scene.url, credential: next.token }).auth.me();
  expect(me.credential.scopes).toEqual(["read"]);
});

it("a device that nobody has let in yet is told to wait, and to wait longer when it does not", async () => {
  const codes = await begin(scene.api);
  const first = await poll(scene.api, codes.device_code);
  expect(first).toMatchObject({ status: 400, json: { error: "authorization_pending" } });
  expect((await poll(scene.api, codes.device_code)).json).toMatchObject({ error: "slow_down", interval: 10 });
  expect((await poll(scene.api, codes.device_code)).json).toMatchObject({ error: "slow_down", interval: 15 });
});

it("gati login --device shows a code, waits for the page, and keeps a key with that much power", async () => {
  const machine = await Machine.create(scene.url);
  try {
    let shown = "";
    const running = machine.gati(["login", "--device"], { onStderr: (text) => (shown += text) });
    const code = await until("a code", () => /the code (\S{4}-\S{4})\./.exec(shown)?.[1]);
    expect(shown).toContain(`Open ${scene.url}/device`);
    await decide(browser, scene.url, code, "approve");
    const result = await running;
    expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining(`as ${handle}`) });
    const who = (await machine.gati(["whoami", "--json"])).json();
    expect(who).toMatchObject({ user: { handle }, credential: { kind: "api-key", scopes: ["read", "publish"] } });
    const kept = await readFile(machine.path("config/credentials.json"), "utf8");
    expect(kept).not.toContain("gati_rt_");
    // The session that made the key is over.
    const account = await browser.open(`${scene.url}/account`);
    expect(textOf(account)).not.toContain("gati-cli/");
    expect(textOf(account)).toContain("gati-cli on");
  } finally {
    await machine.remove();
  }
});

it("gati login --device says that it was refused", async () => {
  const machine = await Machine.create(scene.url);
  try {
    let shown = "";
    const running = machine.gati(["login", "--device"], { onStderr: (text) => (shown += text) });
    const code = await until("a code", () => /the code (\S{4}-\S{4})\./.exec(shown)?.[1]);
    await decide(browser, scene.url, code, "deny");
    const result = await running;
    expect(result).toMatchObject({ code: 3, stderr: expect.stringContaining("refused on the page") });
  } finally {
    await machine.remove();
  }
});
