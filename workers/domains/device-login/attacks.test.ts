import { env, exports } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { memoryOf } from "../../context.ts";
import { freshAccount, verbContext } from "../../testing/account.ts";
import type { Actor } from "../auth/index.ts";
import { finishSignIn } from "../auth/index.ts";
import { fromBrowserSession } from "../auth/browser-session.ts";
import { beginDeviceLogin } from "./begin-device-login.ts";
import { decideDeviceLogin, waitingDevice } from "./decide-device-login.ts";
import { finishDeviceLogin } from "./finish-device-login.ts";
import { pruneDeviceLogins } from "./prune-device-logins.ts";
import { readUserCode } from "./user-code.ts";

const scene = verbContext();
const input = { client: "test client", device: "laptop", scopes: ["read"], agent: "test/1" } as const;

/** A person who is signed in with a browser, and what their verbs get. */
async function person() {
  const account = await freshAccount();
  const proofs = { agent: "browser", proved: ["password"], browser: true } as const;
  const { refreshToken } = await finishSignIn(scene.ctx, account, proofs);
  const actor: Actor = await fromBrowserSession({ ...scene.ctx, address: undefined }, refreshToken);
  return { account, ctx: { ...scene.ctx, actor } };
}
type Person = Awaited<ReturnType<typeof person>>;

let ann: Person;
let eve: Person;
beforeEach(async () => {
  [ann, eve] = [await person(), await person()];
});

const ask = (code: string) => finishDeviceLogin(scene.ctx, code, "test/1");
const later = (seconds: number) => void (scene.clock.now += seconds * 1000);

describe("attack: device codes", () => {
  it.each(["", "gati_dc_", `gati_dc_${"0".repeat(49)}`, `gati_rt_${"0".repeat(49)}`, "x".repeat(5000)])(
    "%j, which nobody was given, opens nothing",
    async (code) => {
      expect(await ask(code)).toEqual({ kind: "invalid_grant" });
    },
  );

  it("the code that the person sees opens nothing", async () => {
    const { userCode } = await beginDeviceLogin(scene.ctx, input);
    await decideDeviceLogin(ann.ctx, userCode, true);
    expect(await ask(userCode)).toEqual({ kind: "invalid_grant" });
  });

  it("one opens one session, also when many ask at once", async () => {
    const { deviceCode, userCode } = await beginDeviceLogin(scene.ctx, input);
    await decideDeviceLogin(ann.ctx, userCode, true);
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(deviceCode)));
    expect(answers.filter(({ kind }) => kind === "session")).toHaveLength(1);
    later(60);
    expect(await ask(deviceCode)).toEqual({ kind: "invalid_grant" });
  });

  it("one that was not let in in time is too old, even when it is let in then", async () => {
    const { deviceCode, userCode } = await beginDeviceLogin(scene.ctx, input);
    later(601);
    await expect(decideDeviceLogin(ann.ctx, userCode, true)).rejects.toMatchObject({ code: "name_unknown" });
    expect(await ask(deviceCode)).toEqual({ kind: "expired_token" });
    later(3601);
    await pruneDeviceLogins(scene.ctx);
    expect(await ask(deviceCode)).toEqual({ kind: "invalid_grant" });
  });

  it("one that was let in is too old ten minutes after it began", async () => {
    const { deviceCode, userCode } = await beginDeviceLogin(scene.ctx, input);
    await decideDeviceLogin(ann.ctx, userCode, true);
    later(601);
    expect(await ask(deviceCode)).toEqual({ kind: "expired_token" });
  });

  it("one that asks too often waits longer each time, and is let in when it keeps to it", async () => {
    const { deviceCode, userCode } = await beginDeviceLogin(scene.ctx, input);
    expect(await ask(deviceCode)).toEqual({ kind: "authorization_pending" });
    later(4);
    expect(await ask(deviceCode)).toEqual({ kind: "slow_down", interval: 10 });
    later(9);
    expect(await ask(deviceCode)).toEqual({ kind: "slow_down", interval: 15 });
    await decideDeviceLogin(ann.ctx, userCode, true);
    later(14);
    expect(await ask(deviceCode)).toMatchObject({ kind: "slow_down" });
    later(21);
    expect(await ask(deviceCode)).toMatchObject({ kind: "session" });
  });

  it("one that was refused gets nothing, and nobody lets it in afterwards", async () => {
    const { deviceCode, userCode } = await beginDeviceLogin(scene.ctx, input);
    await decideDeviceLogin(ann.ctx, userCode, false);
    await expect(decideDeviceLogin(ann.ctx, userCode, true)).rejects.toMatchObject({ code: "name_unknown" });
    expect(await ask(deviceCode)).toEqual({ kind: "access_denied" });
  });

  it("one that somebody else lets in becomes theirs, and nobody else's afterwards", async () => {
    const { deviceCode, userCode } = await beginDeviceLogin(scene.ctx, input);
    await decideDeviceLogin(eve.ctx, userCode, true);
    await expect(decideDeviceLogin(ann.ctx, userCode, true)).rejects.toMatchObject({ code: "name_unknown" });
    expect(await ask(deviceCode)).toMatchObject({ kind: "session", session: { user: { handle: eve.account.handle } } });
  });

  it("of two people who decide at once one does", async () => {
    const { userCode } = await beginDeviceLogin(scene.ctx, input);
    const decided = await Promise.allSettled([ann, eve].map(({ ctx }) => decideDeviceLogin(ctx, userCode, true)));
    expect(decided.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("a device of a deleted account gets nothing", async () => {
    const { deviceCode, userCode } = await beginDeviceLogin(scene.ctx, input);
    await decideDeviceLogin(ann.ctx, userCode, true);
    await env.DB.prepare("UPDATE users SET deleted_at = 1 WHERE id = ?").bind(ann.account.id).run();
    expect(await ask(deviceCode)).toEqual({ kind: "access_denied" });
  });

  it("neither code is stored as it is", async () => {
    const { deviceCode, userCode } = await beginDeviceLogin(scene.ctx, input);
    const rows = JSON.stringify((await env.DB.prepare("SELECT * FROM device_requests").all()).results);
    expect(rows).not.toContain(deviceCode);
    expect(rows).not.toContain(userCode);
    expect(rows).not.toContain(userCode.replace("-", ""));
  });
});

describe("attack: codes that people type", () => {
  it("ten wrong ones, and the person is not listened to for a while, right or wrong", async () => {
    const { userCode } = await beginDeviceLogin(scene.ctx, input);
    const wrong = Array.from({ length: 10 }, (_, i) => `BBBB-BB${"BCDFGHJKLM"[i]}${"BCDFGHJKLM"[i]}`);
    for (const code of wrong) {
      await expect(waitingDevice(eve.ctx, code)).rejects.toMatchObject({ code: "name_unknown" });
    }
    await expect(waitingDevice(eve.ctx, userCode)).rejects.toMatchObject({ code: "rate_limited" });
    await expect(decideDeviceLogin(eve.ctx, userCode, true)).rejects.toMatchObject({ code: "rate_limited" });
    expect(await waitingDevice(ann.ctx, userCode)).toMatchObject({ client: "test client" });
  });

  it("wrong ones count for the address too, whoever types them", async () => {
    const from = (one: Person) => ({ ...one.ctx, address: "203.0.113.9" });
    for (let i = 0; i < 10; i++) {
      const somebody = i < 5 ? ann : eve;
      await expect(waitingDevice(from(somebody), "BBBB-BBBB")).rejects.toMatchObject({ code: "name_unknown" });
    }
    const third = await person();
    await expect(waitingDevice(from(third), "BBBB-BBBB")).rejects.toMatchObject({ code: "rate_limited" });
  });

  it.each(["", "BCDF", "BCDF-GHJKL", "AEIO-UAEI", "BCDF-GH10", "'; DROP TABLE users; --", "B".repeat(100)])(
    "%j is none",
    (text) => {
      expect(readUserCode(text)).toBeUndefined();
    },
  );

  it("how it is typed does not matter", () => {
    for (const text of ["bcdf-ghjk", "BCDFGHJK", " BCDF GHJK ", "b-c-d-f-g-h-j-k"])
      expect(readUserCode(text)).toBe("BCDF-GHJK");
  });
});

describe("attack: who lets devices in", () => {
  it.each<[string, (user: Extract<Actor, { kind: "user" }>) => Actor]>([
    ["nobody", () => ({ kind: "anonymous" })],
    [
      "an API key of theirs",
      (user) => ({ ...user, credential: { kind: "api-key", id: "k", name: "k", expiresAt: null } }),
    ],
    ["a device that may only read", (user) => ({ ...user, scopes: ["read"] })],
    ["a device that may publish", (user) => ({ ...user, scopes: ["publish"] })],
    ["a session that is narrowed to a part", (user) => ({ ...user, reach: ["users/x"] })],
    [
      "a token for docker",
      (user) => ({
        ...user,
        credential: { kind: "registry-token", expiresAt: new Date(), grants: [], catalog: false },
      }),
    ],
  ])("not %s", async (_, change) => {
    const { userCode, deviceCode } = await beginDeviceLogin(scene.ctx, { ...input, scopes: ["admin"] });
    const actor = change(ann.ctx.actor as Extract<Actor, { kind: "user" }>);
    await expect(decideDeviceLogin({ ...scene.ctx, actor }, userCode, true)).rejects.toMatchObject({
      code: expect.stringMatching(/unauthenticated|insufficient_scope|denied/),
    });
    expect(await ask(deviceCode)).toEqual({ kind: "authorization_pending" });
  });

  it("a device gets no more than it asked for: its session makes no key with more, and no organisation", async () => {
    const { deviceCode, userCode } = await beginDeviceLogin(scene.ctx, input);
    await decideDeviceLogin(ann.ctx, userCode, true);
    const answer = await ask(deviceCode);
    if (answer.kind !== "session") throw new Error(answer.kind);
    const call = (path: string, body: unknown) =>
      exports.default.fetch(
        new Request(`http://127.0.0.1${path}`, {
          method: "POST",
          headers: { Authorization: `Bearer ${answer.session.token}`, "Content-Type": "application/json" },
          body: JSON.stringify(body),
        }),
      );
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    for (const scopes of [["publish"], ["admin"], ["read", "publish"]]) {
      expect((await call("/api/v1/auth/keys", { name: "more", scopes })).status).toBe(403);
    }
    expect((await call("/api/v1/orgs", { handle: "too-much" })).status).toBe(403);
    expect((await call("/api/v1/auth/keys", { name: "as much", scopes: ["read"] })).status).toBe(201);
  });
});

describe("attack: what a device says of itself", () => {
  it.each(["<script>alert(1)</script>", "", " leading", "a\nb", "x".repeat(60), "gati‮evil"])(
    "%j is no name of a client",
    async (client) => {
      await expect(beginDeviceLogin(scene.ctx, { ...input, client })).rejects.toMatchObject({
        code: "invalid_request",
      });
    },
  );

  it("names of devices and programs come as text on one line, however they were sent", async () => {
    const device = '"><img src=x onerror=alert(1)>\u001b[2J\u202e\nsecond line';
    const { userCode } = await beginDeviceLogin(scene.ctx, { ...input, device, agent: "<b>\u0007bold</b>" });
    const request = await waitingDevice(ann.ctx, userCode);
    expect(request.device).toBe('"><img src=x onerror=alert(1)> [2J second line');
    expect(request.agent).toBe("<b> bold</b>");
  });

  it("many devices of one address are held back", async () => {
    const ctx = { ...scene.ctx, address: "203.0.113.77" };
    const begun = await Promise.allSettled(Array.from({ length: 70 }, () => beginDeviceLogin(ctx, input)));
    expect(begun.filter(({ status }) => status === "fulfilled")).toHaveLength(60);
    expect(memoryOf(env).limiter).toBe(scene.ctx.limiter);
  });
});
