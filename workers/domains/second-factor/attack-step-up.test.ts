import { exports } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Secret } from "otpauth/bare";
import { sha256 } from "../../testing/client.ts";
import { rows } from "../../testing/graph.ts";
import { cheapHash, password } from "../../testing/second-factor.ts";
import { makeSecret, secretHash } from "../auth/index.ts";
import { codeAt } from "./totp.ts";

let count = 0;

interface Call {
  readonly as?: string;
  readonly otp?: string;
  readonly body?: unknown;
  readonly type?: string;
}

/** Over HTTP, as an attacker comes. */
async function call(method: string, path: string, { as, otp, body, type = "application/json" }: Call = {}) {
  const headers = {
    ...(body === undefined ? {} : { "Content-Type": type }),
    ...(as === undefined ? {} : { Authorization: as }),
    ...(otp === undefined ? {} : { "Gati-OTP": otp }),
  };
  const sent = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
  const response = await exports.default.fetch(new Request(`http://localhost${path}`, { method, headers, ...sent }));
  const text = await response.text();
  const json = (text.startsWith("{") ? JSON.parse(text) : {}) as Record<string, unknown>;
  return { status: response.status, json, text, headers: response.headers };
}

const basic = (name: string, secret: string) => `Basic ${btoa(`${name}:${secret}`)}`;

async function victim() {
  const handle = `victim-${++count}`;
  const { json } = await call("POST", "/api/v1/auth/sign-up", { body: { handle, password } });
  await rows("UPDATE users SET password_hash = ? WHERE handle = ?", cheapHash, handle);
  const session = `Bearer ${json["token"] as string}`;
  const refresh = async () => {
    const body = { refreshToken: json["refreshToken"] };
    return `Bearer ${(await call("POST", "/api/v1/auth/refresh", { body })).json["token"] as string}`;
  };
  const base = "/api/v1/account/second-factor";
  const begun = await call("POST", `${base}/app`, { as: session, body: { password } });
  const secret = Secret.fromBase32(begun.json["secret"] as string).bytes;
  // Codes are used in order, from the oldest that counts: time cannot be moved here.
  const start = Date.now() - 30_000;
  const confirmed = await call("POST", `${base}/app/confirm`, { as: session, body: { code: codeAt(secret, start) } });
  const recoveryCodes = confirmed.json["recoveryCodes"] as string[];
  const key = async (scopes: string[]) => {
    const made = await call("POST", "/api/v1/auth/keys", { as: session, body: { name: "k", scopes } });
    return `Bearer ${made.json["key"] as string}`;
  };
  /** Ages the proof of every session: as if it had been given an hour ago. */
  const forgetProof = () => rows("UPDATE sessions SET factor_at = factor_at - 3600000");
  let next = 0;
  const code = () => recoveryCodes[next++] ?? "";
  const namespace = `users/${handle}`;
  const level = (chosen: string) => call("PUT", `${base}/level`, { as: session, otp: code(), body: { level: chosen } });
  return { handle, session, refresh, secret, key, forgetProof, code, base, namespace, level };
}

/** Uploads content and pushes a manifest. */
async function push(repository: string, tag: string, caller: Call) {
  const config = JSON.stringify({ tag });
  const digest = await sha256(config);
  await call("POST", `/v2/${repository}/blobs/uploads/?digest=${digest}`, {
    ...(caller.as === undefined ? {} : { as: caller.as }),
    body: config,
    type: "application/octet-stream",
  });
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const descriptor = { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: config.length };
  const manifest = { schemaVersion: 2, mediaType, config: descriptor, layers: [] };
  return call("PUT", `/v2/${repository}/manifests/${tag}`, { ...caller, body: manifest, type: mediaType });
}

const reasonOf = ({ json }: Awaited<ReturnType<typeof call>>) =>
  (json["code"] as string | undefined) ??
  (json["errors"] as { detail: { reason: string } }[] | undefined)?.[0]?.detail.reason;

const registryToken = async (repository: string, { as = "", otp }: Call) => {
  const scope = encodeURIComponent(`repository:${repository}:pull,push,delete`);
  const { json } = await call("GET", `/v2/token?scope=${scope}`, { as, ...(otp === undefined ? {} : { otp }) });
  return `Bearer ${json["token"] as string}`;
};

beforeEach(() => void vi.spyOn(console, "log").mockImplementation(() => undefined));
beforeAll(() => import("@simplewebauthn/server"), 60_000);

describe("attack: second factor, with a password, a session or a key alone", () => {
  it("signs an OCI client or a REST call in with the password, also with the code behind it", async () => {
    const { handle, secret, key } = await victim();
    const code = codeAt(secret, Date.now());
    for (const path of ["/v2/token", "/api/v1/auth/me"]) {
      const plain = await call("GET", path, { as: basic(handle, password) });
      expect([plain.status, reasonOf(plain)]).toEqual([path === "/v2/token" ? 403 : 401, "second_factor_required"]);
      expect(plain.text).toContain("API key");
      for (const secretText of [`${password}${code}`, `${password} ${code}`, code]) {
        expect((await call("GET", path, { as: basic(handle, secretText) })).status).toBe(401);
      }
      const withHeader = await call("GET", path, { as: basic(handle, password), otp: code });
      expect(reasonOf(withHeader)).toBe("second_factor_required");
    }
    expect((await call("GET", "/v2/token", { as: await key(["read"]) })).status).toBe(200);
  });

  it("gets an OAuth token for the password at the token endpoint", async () => {
    const { handle } = await victim();
    const form = new URLSearchParams({ grant_type: "password", username: handle, password, service: "x" }).toString();
    const answer = await call("POST", "/v2/token", { body: form, type: "application/x-www-form-urlencoded" });
    expect([answer.status, reasonOf(answer)]).toEqual([403, "second_factor_required"]);
  });

  it("signs in with an API key in place of the password", async () => {
    const { handle, key } = await victim();
    const secret = (await key(["publish"])).slice(7);
    const answer = await call("POST", "/api/v1/auth/sign-in", { body: { handle, password: secret } });
    expect([answer.status, reasonOf(answer)]).toEqual([401, "unauthenticated"]);
  });

  it("is told nothing about the factor by a wrong password", async () => {
    const { handle } = await victim();
    const wrong = await call("POST", "/api/v1/auth/sign-in", { body: { handle, password: "wrong password" } });
    const nobody = await call("POST", "/api/v1/auth/sign-in", { body: { handle: "nobody-here", password } });
    expect([wrong.json["code"], wrong.json["detail"]]).toEqual([nobody.json["code"], nobody.json["detail"]]);
    expect(wrong.text).not.toContain("factor");
  });

  it.each<[string, (v: Awaited<ReturnType<typeof victim>>) => [string, string, unknown?]]>([
    ["removes the app", ({ base }) => ["DELETE", `${base}/app`]],
    ["switches the factor off", ({ base }) => ["DELETE", base]],
    ["replaces the recovery codes", ({ base }) => ["POST", `${base}/recovery-codes`]],
    ["lowers the level", ({ base }) => ["PUT", `${base}/level`, { level: "sign-in" }]],
    ["adds a passkey of its own", ({ base }) => ["POST", `${base}/passkeys/options`, { password }]],
    ["removes a passkey", ({ base }) => ["DELETE", `${base}/passkeys/00000000-0000-4000-8000-000000000000`]],
    ["deletes the account", () => ["DELETE", "/api/v1/account", { password }]],
    [
      "sets another password",
      () => ["PUT", "/api/v1/account/password", { password, newPassword: "another passphrase" }],
    ],
    ["sets another address", () => ["PUT", "/api/v1/account/email", { password, email: "thief@example.com" }]],
    ["makes an admin key", () => ["POST", "/api/v1/auth/keys", { name: "x", scopes: ["admin"] }]],
    ["lifts a rule", ({ namespace }) => ["PUT", `/api/v1/namespaces/${namespace}/step-up`, { required: false }]],
  ])("%s without a fresh proof, or with a wrong one", async (_, what) => {
    const v = await victim();
    await v.forgetProof();
    const [method, path, body] = what(v);
    for (const otp of [undefined, "000000", "0000-0000-0000-0000", "", "gati_su_x"]) {
      const answer = await call(method, path, {
        as: v.session,
        ...(otp === undefined ? {} : { otp }),
        ...(body === undefined ? {} : { body }),
      });
      expect([answer.status, reasonOf(answer)]).toEqual([401, "second_factor_required"]);
    }
    const status = await call("GET", v.base, { as: v.session });
    expect(status.json).toMatchObject({ level: "sign-in", recoveryCodesLeft: 10 });
  });

  it("gives an admin key another secret without a fresh proof", async () => {
    const v = await victim();
    const made = await call("POST", "/api/v1/auth/keys", { as: v.session, body: { name: "a", scopes: ["admin"] } });
    expect(made.status).toBe(201);
    await v.forgetProof();
    const path = `/api/v1/auth/keys/${made.json["id"] as string}/rotate`;
    expect(reasonOf(await call("POST", path, { as: v.session, body: {} }))).toBe("second_factor_required");
    const admin = `Bearer ${made.json["key"] as string}`;
    expect(reasonOf(await call("POST", path, { as: admin, body: {} }))).toBe("second_factor_required");
    expect(reasonOf(await call("DELETE", v.base, { as: admin }))).toBe("second_factor_required");
    expect((await call("POST", path, { as: admin, otp: v.code(), body: {} })).status).toBe(200);
  });

  it("makes a stale session fresh by refreshing it", async () => {
    const v = await victim();
    await v.forgetProof();
    const as = await v.refresh();
    expect((await call("GET", v.base, { as })).status).toBe(200);
    expect(reasonOf(await call("DELETE", v.base, { as }))).toBe("second_factor_required");
  });

  it("sets a new password by mail: the factor stays, and is asked for", async () => {
    const v = await victim();
    const token = makeSecret("reset-password");
    const now = Date.now();
    await rows(
      `INSERT INTO mail_tokens (hash, user_id, purpose, email, created_at, expires_at)
        SELECT ?, id, 'reset-password', 'v@example.com', ?, ? FROM users WHERE handle = ?`,
      await secretHash(token),
      now,
      now + 60_000,
      v.handle,
    );
    await rows("UPDATE users SET email = 'v@example.com', email_verified_at = ? WHERE handle = ?", now, v.handle);
    const reset = await call("POST", "/api/v1/auth/password/reset", { body: { token, password: "a new passphrase" } });
    expect(reset.status).toBe(204);
    const body = { handle: v.handle, password: "a new passphrase" };
    expect(reasonOf(await call("POST", "/api/v1/auth/sign-in", { body }))).toBe("second_factor_required");
  });

  it("takes the second factor from somebody else without being an operator", async () => {
    const [mine, theirs] = [await victim(), await victim()];
    const path = `/api/v1/admin/accounts/${theirs.handle}/second-factor`;
    expect((await call("DELETE", path, { as: mine.session })).status).toBe(403);
    expect((await call("DELETE", path)).status).toBe(401);
    expect((await call("GET", theirs.base, { as: theirs.session })).json).toMatchObject({ level: "sign-in" });
  });
});

describe("attack: second factor, publishing where it is demanded", () => {
  it("publishes, moves, deletes, unpublishes and deprecates with the account's key and no proof", async () => {
    const v = await victim();
    const repository = `${v.namespace}/thing`;
    const as = await v.key(["publish"]);
    expect((await push(repository, "1.0.0", { as })).status).toBe(201);
    expect((await v.level("publish")).status).toBe(204);
    expect(reasonOf(await push(repository, "1.0.1", { as }))).toBe("second_factor_required");
    expect(reasonOf(await push(repository, "edge", { as, otp: "000000" }))).toBe("second_factor_required");
    const artifact = `/api/v1/artifacts/${v.namespace}/thing/versions/1.0.0`;
    for (const [method, path, body] of [
      ["DELETE", `/v2/${repository}/manifests/1.0.0`],
      ["DELETE", artifact],
      ["PUT", `${artifact}/deprecation`, { message: "x" }],
    ] as const) {
      const answer = await call(method, path, { as, ...(body ? { body } : {}) });
      expect([path, reasonOf(answer)]).toEqual([path, "second_factor_required"]);
    }
    expect((await push(repository, "1.0.1", { as, otp: v.code() })).status).toBe(201);
  });

  it("publishes twice with one code", async () => {
    const v = await victim();
    const as = await v.key(["publish"]);
    await v.level("publish");
    const otp = v.code();
    expect((await push(`${v.namespace}/thing`, "1.0.0", { as, otp })).status).toBe(201);
    expect(reasonOf(await push(`${v.namespace}/thing`, "1.0.1", { as, otp }))).toBe("second_factor_required");
  });

  it("publishes with a registry token that was bought without a proof; one bought with it works, and for its place", async () => {
    const v = await victim();
    const repository = `${v.namespace}/thing`;
    const as = await v.key(["publish"]);
    await v.level("publish");
    expect(reasonOf(await push(repository, "1.0.0", { as: await registryToken(repository, { as }) }))).toBe(
      "second_factor_required",
    );
    const fresh = await registryToken(repository, { as, otp: v.code() });
    expect((await push(repository, "1.0.0", { as: fresh })).status).toBe(201);
    expect((await push(repository, "1.0.1", { as: fresh })).status).toBe(201);
    expect((await push(`${v.namespace}/other`, "1.0.0", { as: fresh })).status).toBe(401);
  });

  it("uses a step-up token beyond the key that bought it, after that key, or for its owner's account", async () => {
    const v = await victim();
    const repository = `${v.namespace}/thing`;
    const made = await call("POST", "/api/v1/auth/keys", { as: v.session, body: { name: "k", scopes: ["publish"] } });
    const as = `Bearer ${made.json["key"] as string}`;
    await v.level("publish");
    expect(reasonOf(await call("POST", "/api/v1/auth/step-up", { as, body: { code: "000000" } }))).toBe(
      "second_factor_required",
    );
    const bought = await call("POST", "/api/v1/auth/step-up", { as, body: { code: v.code() } });
    const token = bought.json["token"] as string;
    const docker = await registryToken(repository, { as: basic(v.handle, token) });
    expect((await push(repository, "1.0.0", { as: docker })).status).toBe(201);
    expect((await push(repository, "1.0.1", { as: `Bearer ${token}` })).status).toBe(201);
    expect(reasonOf(await call("GET", v.base, { as: `Bearer ${token}` }))).toBe("insufficient_scope");
    await call("DELETE", `/api/v1/auth/keys/${made.json["id"] as string}`, { as: v.session });
    expect((await push(repository, "1.0.2", { as: `Bearer ${token}` })).status).toBe(401);
    // What was bought before the key went rests on it too.
    expect((await push(repository, "1.0.2", { as: docker })).status).toBeGreaterThanOrEqual(401);
  });

  it("uses a step-up token after ten minutes, or after its session was ended", async () => {
    const v = await victim();
    const buy = () => call("POST", "/api/v1/auth/step-up", { as: v.session, body: { code: v.code() } });
    const old = `Bearer ${(await buy()).json["token"] as string}`;
    expect((await call("GET", v.base, { as: old })).status).toBe(200);
    await rows("UPDATE step_up_tokens SET expires_at = ?", Date.now());
    expect((await call("GET", v.base, { as: old })).status).toBe(401);
    const ended = `Bearer ${(await buy()).json["token"] as string}`;
    await call("POST", "/api/v1/auth/sign-out", { as: v.session, body: {} });
    expect((await call("GET", v.base, { as: ended })).status).toBe(401);
  });

  it("steps up another person's credential with an own code", async () => {
    const [mine, theirs] = [await victim(), await victim()];
    const as = await theirs.key(["publish"]);
    expect(reasonOf(await call("POST", "/api/v1/auth/step-up", { as, body: { code: mine.code() } }))).toBe(
      "second_factor_required",
    );
  });

  it("publishes without any factor where the owner demands one", async () => {
    const handle = `plain-${++count}`;
    const { json } = await call("POST", "/api/v1/auth/sign-up", { body: { handle, password } });
    const as = `Bearer ${json["token"] as string}`;
    const rules = `/api/v1/namespaces/users/${handle}/step-up`;
    expect((await call("PUT", rules, { as, body: { required: true, artifact: "thing" } })).json).toEqual({
      namespace: false,
      artifacts: ["thing"],
    });
    const refused = await push(`users/${handle}/thing`, "1.0.0", { as });
    expect([refused.status, reasonOf(refused)]).toEqual([403, "second_factor_required"]);
    expect((await push(`users/${handle}/other`, "1.0.0", { as })).status).toBe(201);
    await call("PUT", rules, { as, body: { required: true } });
    expect(reasonOf(await push(`users/${handle}/other`, "1.0.1", { as }))).toBe("second_factor_required");
  });

  it("sets or reads the rules of somebody else's namespace", async () => {
    const [mine, theirs] = [await victim(), await victim()];
    const rules = `/api/v1/namespaces/${theirs.namespace}/step-up`;
    expect((await call("PUT", rules, { as: mine.session, body: { required: true } })).status).toBe(403);
    expect((await call("GET", rules, { as: mine.session })).status).toBe(403);
    expect((await call("GET", rules)).status).toBe(401);
  });

  it("floods a person's code with wrong ones in the header of every call", async () => {
    const v = await victim();
    const as = await v.key(["publish"]);
    await v.level("publish");
    const reasons: (string | undefined)[] = [];
    for (let i = 0; i < 25; i++)
      reasons.push(reasonOf(await call("DELETE", `/v2/${v.namespace}/x/manifests/1.0.0`, { as, otp: "000000" })));
    expect(reasons).not.toContain(undefined);
    expect(reasons.at(-1)).toBe("rate_limited");
  });
});
