import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { Secret, TOTP } from "otpauth";
import { createClient } from "../../packages/sdk/src/index.ts";
import { nodeModule } from "../harness/cli-project.ts";
import { Machine } from "../harness/cli.ts";

const registry = inject("registryUrl");
const password = "the password of these tests";
let machine: Machine;
let handle: string;

beforeEach(async () => {
  machine = await Machine.create(registry);
  handle = `f-${randomBytes(6).toString("hex")}`;
  const signedUp = await machine.gati(["signup", "--handle", handle, "--password-stdin"], { input: password });
  expect(signedUp).toMatchObject({ code: 0 });
});
afterEach(() => machine.remove());

const factor = (args: string[], env: Record<string, string> = {}) =>
  machine.gati(["account", "second-factor", ...args, "--password-stdin", "--json"], { input: password, env });

/** Gives the account an app; resolves to the recovery codes. */
async function enabled(): Promise<string[]> {
  const { secret } = (await factor(["enable"])).json<{ secret: string }>();
  const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate();
  const confirmed = await factor(["confirm", code]);
  expect(confirmed.code).toBe(0);
  return confirmed.json<{ recoveryCodes: string[] }>().recoveryCodes;
}

describe("gati account second-factor", () => {
  it("enable, confirm, status, level, recovery-codes and disable, each with one code", async () => {
    expect((await factor(["status"])).json()).toMatchObject({ level: "off" });
    const codes = await enabled();
    expect(codes).toHaveLength(10);

    const refused = await factor(["status"]);
    expect(refused.code).toBe(3);
    expect(refused.json()).toMatchObject({ error: { suggestions: [expect.stringContaining("--otp")] } });
    expect((await factor(["status", "--otp", "000000"])).code).toBe(3);
    const status = await factor(["status", "--otp", codes[0] ?? ""]);
    expect(status.json()).toMatchObject({ level: "sign-in", recoveryCodesLeft: 9, methods: ["totp", "recovery-code"] });
    expect((await factor(["status", "--otp", codes[0] ?? ""])).code).toBe(3);

    expect((await factor(["level", "publish"], { GATI_OTP: codes[1] ?? "" })).code).toBe(0);
    const renewed = (await factor(["recovery-codes", "--otp", codes[2] ?? ""])).json<{ recoveryCodes: string[] }>();
    expect((await factor(["disable", "--yes", "--otp", codes[3] ?? ""])).code).toBe(3);
    expect((await factor(["disable", "--yes", "--otp", renewed.recoveryCodes[0] ?? ""])).code).toBe(0);
    expect((await factor(["status"])).json()).toMatchObject({ level: "off", recoveryCodesLeft: 0 });
  });

  it("gati login asks for the code, and the key that it keeps works without", async () => {
    const codes = await enabled();
    const login = ["login", "--handle", handle, "--password-stdin"];
    expect((await machine.gati(login, { input: password })).code).toBe(3);
    expect((await machine.gati([...login, "--otp", codes[0] ?? ""], { input: password })).code).toBe(0);
    expect((await machine.gati(["whoami"])).code).toBe(0);
  });

  it("a publish asks for a code where that is demanded, and goes on with it", async () => {
    const codes = await enabled();
    expect((await factor(["require", `users/${handle}`, "--otp", codes[0] ?? ""])).json()).toMatchObject({
      namespace: true,
    });
    const directory = await machine.files("greeter", nodeModule());
    const publish = (...more: string[]) => machine.gati(["module", "publish", directory, "--json", ...more]);
    const refused = await publish();
    expect(refused.code).toBe(3);
    expect(refused.json()).toMatchObject({ error: { suggestions: [expect.stringContaining("--otp")] } });
    expect((await publish("--otp", "000000")).code).toBe(3);
    const done = await publish("--otp", codes[1] ?? "");
    expect(done.json()).toMatchObject({ status: "published" });
  });

  it("gati account step-up prints nothing but a token, which is the key with a fresh factor", async () => {
    const codes = await enabled();
    const bought = await machine.gati(["account", "step-up", "--otp", codes[0] ?? ""]);
    expect(bought.stdout).toMatch(/^gati_su_[0-9A-Za-z]{49}\n$/);
    const me = await createClient({ registry, credential: bought.stdout.trim() }).auth.me();
    expect([me.user.handle, me.credential.scopes]).toEqual([handle, ["read", "publish"]]);
  });
});
