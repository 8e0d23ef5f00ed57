import { env } from "cloudflare:workers";
import { decodeProtectedHeader, exportJWK, generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from "jose";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { parseHandle } from "../../../core/identifiers.ts";
import { settingsOf } from "../../env.ts";
import { publicKeys } from "./key-ring.ts";
import { actorFromToken, sessionLifetime, signRegistryToken, signSession } from "./tokens.ts";

const settings = settingsOf(env);
const user = { id: "user-1", handle: parseHandle("krishna"), operator: false };
const sid = "9d1f2a34-0000-4000-8000-000000000001";
const session = { id: sid, scopes: ["admin"], proved: ["password"], signIn: "password" };
const claims = { use: "session", sid, handle: "krishna", operator: true, scopes: ["admin"] };

const { kty, crv, x, d, kid } = settings.tokenKey;
const ownKey = async () => importJWK({ kty, crv, x, d }, "EdDSA");

/** A token as ours are, but for what a test changes. */
function forged(
  change: (token: SignJWT) => SignJWT = (token) => token,
  header: object = {},
  odd: object = {},
): SignJWT {
  const usual = new SignJWT({ ...claims, ...odd })
    .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid, ...header })
    .setIssuer(settings.service)
    .setAudience(settings.service)
    .setSubject("user-1")
    .setIssuedAt()
    .setExpirationTime("5m");
  return change(usual);
}

const refused = expect.objectContaining({ code: "unauthenticated" });

describe("a token of this registry", () => {
  it("speaks for the user that signed in", async () => {
    const actor = await actorFromToken(settings, await signSession(settings, user, session));
    expect(actor).toMatchObject({
      kind: "user",
      userId: "user-1",
      handle: "krishna",
      operator: false,
      scopes: ["admin"],
      credential: { kind: "session", id: sid, methods: ["password"] },
    });
    const { expiresAt } = (actor as { credential: { expiresAt: Date } }).credential;
    expect(Math.abs(expiresAt.getTime() - Date.now() - sessionLifetime * 1000)).toBeLessThan(5_000);
  });

  it("carries exactly the grants it was issued with", async () => {
    const grants = [{ repository: "users/krishna/a", actions: ["pull"], requested: ["pull", "push"] }] as never;
    const token = await signRegistryToken(settings, { user: { ...user, scopes: ["read"] }, grants, catalog: true });
    expect(await actorFromToken(settings, token)).toMatchObject({
      scopes: ["read"],
      credential: { kind: "registry-token", grants, catalog: true },
    });
    const anonymous = await signRegistryToken(settings, { user: undefined, grants, catalog: false });
    expect(await actorFromToken(settings, anonymous)).toEqual({ kind: "anonymous", token: { grants, catalog: false } });
  });

  it("the control: the forger's usual token is accepted", async () => {
    expect(await actorFromToken(settings, await forged().sign(await ownKey()))).toMatchObject({ userId: "user-1" });
  });
});

describe("attack: a token is refused", () => {
  it.each(["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "gati_not-a-jwt", "..."])(
    "when it is none: %j",
    async (token) => {
      await expect(actorFromToken(settings, token)).rejects.toEqual(refused);
    },
  );

  it("with alg none", async () => {
    const token = new UnsecuredJWT(claims)
      .setIssuer(settings.service)
      .setAudience(settings.service)
      .setSubject("user-1")
      .setExpirationTime("5m")
      .encode();
    await expect(actorFromToken(settings, token)).rejects.toEqual(refused);
  });

  it.each(["", "AAAA"])("with alg none under our own kid and type, and the signature %j", async (signature) => {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const { service } = settings;
    const payload = { ...claims, iss: service, aud: service, sub: "user-1", exp: Math.floor(Date.now() / 1000) + 300 };
    for (const alg of ["none", "None", ""]) {
      const token = `${encode({ alg, kid, typ: "at+jwt" })}.${encode(payload)}.${signature}`;
      await expect(actorFromToken(settings, token)).rejects.toEqual(refused);
    }
  });

  it("signed by another key", async () => {
    const { privateKey } = await generateKeyPair("EdDSA");
    await expect(actorFromToken(settings, await forged().sign(privateKey))).rejects.toEqual(refused);
  });

  it("signed with HMAC over the public key", async () => {
    const secret = new TextEncoder().encode(settings.tokenKey.x);
    const token = await forged(undefined, { alg: "HS256" }).sign(secret);
    await expect(actorFromToken(settings, token)).rejects.toEqual(refused);
  });

  it("that brings its own key in the header", async () => {
    const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true });
    const jwk = await exportJWK(publicKey);
    const token = await forged(undefined, { jwk }).sign(privateKey);
    await expect(actorFromToken(settings, token)).rejects.toEqual(refused);
  });

  it.each<[string, (token: SignJWT) => SignJWT]>([
    ["for another audience", (token) => token.setAudience("other-registry")],
    ["by another issuer", (token) => token.setIssuer("other-registry")],
    ["that is not valid yet", (token) => token.setNotBefore("2m")],
  ])("%s", async (_, change) => {
    await expect(actorFromToken(settings, await forged(change).sign(await ownKey()))).rejects.toEqual(refused);
  });

  it("that has expired, saying so", async () => {
    const token = await forged((one) => one.setExpirationTime("-1m")).sign(await ownKey());
    await expect(actorFromToken(settings, token)).rejects.toMatchObject({
      code: "unauthenticated",
      message: "The token has expired.",
    });
  });

  it("after it expired, even though it was accepted before", async () => {
    const token = await forged((one) => one.setExpirationTime(Math.floor(Date.now() / 1000) + 3600)).sign(
      await ownKey(),
    );
    await expect(actorFromToken(settings, token)).resolves.toMatchObject({ userId: "user-1" });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * 3_600_000 });
    try {
      await expect(actorFromToken(settings, token)).rejects.toEqual(refused);
    } finally {
      vi.useRealTimers();
    }
  });

  it("with a payload that was changed", async () => {
    const [head, , signature] = (await signSession(settings, user, session)).split(".");
    const payload = btoa(
      JSON.stringify({ ...claims, iss: settings.service, aud: settings.service, sub: "user-2", exp: 9_999_999_999 }),
    ).replace(/=+$/, "");
    await expect(actorFromToken(settings, `${head}.${payload}.${signature}`)).rejects.toEqual(refused);
  });

  it.each([{ use: "other" }, { scopes: ["root"] }, { scopes: undefined }])(
    "with claims of another release: %j",
    async (odd) => {
      await expect(actorFromToken(settings, await forged(undefined, {}, odd).sign(await ownKey()))).rejects.toEqual(
        refused,
      );
    },
  );
});

describe("keys", () => {
  /** Settings of a registry that signed with `old` before and has the key of the tests now. */
  async function afterRotation() {
    const pair = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
    const old = await exportJWK(pair.privateKey);
    const before = { ...settings, tokenKey: { kty: "OKP", crv: "Ed25519", x: old.x!, d: old.d!, kid: "old" } } as const;
    const now = { ...settings, oldTokenKeys: [{ kty: "OKP", crv: "Ed25519", x: old.x!, kid: "old" }] } as const;
    return { before, now };
  }

  it("that do not sign any more still verify, and no longer once they are taken out", async () => {
    const { before, now } = await afterRotation();
    const token = await signSession(before, user, session);
    expect(decodeProtectedHeader(token)).toEqual({ alg: "EdDSA", typ: "at+jwt", kid: "old" });
    expect(await actorFromToken(now, token)).toMatchObject({ userId: "user-1" });
    await expect(actorFromToken({ ...settings }, token)).rejects.toEqual(refused);
    expect(decodeProtectedHeader(await signSession(now, user, session))).toMatchObject({ kid });
  });

  it("verify only what names them: an old key's name does not make today's signature good, nor the other way", async () => {
    const { before, now } = await afterRotation();
    const misnamed = await forged(undefined, { kid: "old" }).sign(await ownKey());
    await expect(actorFromToken(now, misnamed)).rejects.toEqual(refused);
    const oldKey = await importJWK(before.tokenKey, "EdDSA");
    await expect(actorFromToken(now, await forged().sign(oldKey))).rejects.toEqual(refused);
    expect(await actorFromToken(now, await forged(undefined, { kid: "old" }).sign(oldKey))).toMatchObject({
      userId: "user-1",
    });
  });

  it("are published without their private parts", async () => {
    const { now } = await afterRotation();
    const { keys } = publicKeys(now);
    expect(keys.map((key) => Object.keys(key).toSorted())).toEqual(
      Array.from({ length: 2 }, () => ["alg", "crv", "kid", "kty", "use", "x"]),
    );
    expect(keys.map((key) => key.kid)).toEqual([kid, "old"]);
    expect(JSON.stringify(keys)).not.toContain(d);
  });
});

describe("attack: a token's header cannot choose how it is verified", () => {
  it.each<[string, object]>([
    ["an unknown kid", { kid: "nobody" }],
    ["no kid", { kid: undefined }],
    ["an empty kid", { kid: "" }],
    ["a kid that is a path", { kid: "../../../../dev/null" }],
    ["a kid that is SQL", { kid: "x' UNION SELECT 'key' --" }],
    ["a kid of an object's prototype", { kid: "__proto__" }],
    ["a kid that is a function's name", { kid: "constructor" }],
    ["a kid that is an address", { kid: "https://evil.example/jwks.json" }],
    ["the kid in other letters", { kid: String(kid).toUpperCase() }],
    ["the type of a registry token", { typ: "registry+jwt" }],
    ["the type of tokens before", { typ: "JWT" }],
    ["no type", { typ: undefined }],
    ["an unknown critical extension", { crit: ["exp2"], exp2: 1 }],
  ])("with %s it is refused", async (_, header) => {
    const token = await forged(undefined, header).sign(await ownKey(), { crit: { exp2: false } });
    await expect(actorFromToken(settings, token)).rejects.toEqual(refused);
  });

  it.each<[string, object]>([
    ["a registry token's claims under a session's type", { use: "registry" }],
    ["a session without its id", { sid: undefined }],
  ])("with %s it is refused", async (_, odd) => {
    await expect(actorFromToken(settings, await forged(undefined, {}, odd).sign(await ownKey()))).rejects.toEqual(
      refused,
    );
  });

  it("a registry token never speaks for a session, whatever it claims", async () => {
    const token = await forged(undefined, { typ: "registry+jwt" }, { use: "registry" }).sign(await ownKey());
    expect(await actorFromToken(settings, token)).toMatchObject({ credential: { kind: "registry-token" } });
  });

  it.each(["jwk", "jku", "x5u", "x5c"])("a key brought along as %s is not looked at", async (name) => {
    const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true });
    const jwk = await exportJWK(publicKey);
    const value = { jwk, jku: "https://evil.example/jwks.json", x5u: "https://evil.example/c", x5c: ["AA"] }[name];
    await expect(actorFromToken(settings, await forged(undefined, { [name]: value }).sign(privateKey))).rejects.toEqual(
      refused,
    );
  });

  it.each(["HS256", "HS512"])("%s with the public key as the secret is refused, with our kid too", async (alg) => {
    for (const secret of [settings.tokenKey.x, JSON.stringify(publicKeys(settings).keys[0])]) {
      const bytes = new Uint8Array(64);
      bytes.set(new TextEncoder().encode(secret).subarray(0, 64));
      await expect(actorFromToken(settings, await forged(undefined, { alg }).sign(bytes))).rejects.toEqual(refused);
    }
  });
});

it("P21: a token that was changed anywhere, in any way, is never accepted", async () => {
  const token = await signSession(settings, user, session);
  await fc.assert(
    fc.asyncProperty(
      fc.nat(token.length - 1),
      fc.constantFrom(..."ABCXYZabcxyz0189-_.= "),
      fc.constantFrom("replace", "insert", "delete", "swap", "cut", "append"),
      async (at, letter, how) => {
        const changed = {
          replace: token.slice(0, at) + letter + token.slice(at + 1),
          insert: token.slice(0, at) + letter + token.slice(at),
          delete: token.slice(0, at) + token.slice(at + 1),
          swap: token.slice(0, at) + (token[at + 1] ?? "") + token[at] + token.slice(at + 2),
          cut: token.slice(0, at),
          append: token + letter,
        }[how];
        // The last character of base64url may carry two or four bits that nothing reads: the same bytes are the same token.
        fc.pre(changed !== token && !sameBytes(changed, token));
        await expect(actorFromToken(settings, changed)).rejects.toEqual(refused);
      },
    ),
    { numRuns: 400 },
  );
});

/** True when both decode to the same three parts. */
function sameBytes(one: string, other: string): boolean {
  const parts = (text: string) => text.split(".").map((part) => Buffer.from(part, "base64url").toString("hex"));
  const wellFormed = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(one);
  return wellFormed && parts(one).join(".") === parts(other).join(".");
}

it("P21: claims decide on every use: time, audience, issuer, use and scopes", async () => {
  const key = await ownKey();
  const now = Math.floor(Date.now() / 1000);
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        expires: fc.integer({ min: -3600, max: 3600 }),
        starts: fc.integer({ min: -3600, max: 3600 }),
        audience: fc.constantFrom(settings.service, settings.service, "other"),
        issuer: fc.constantFrom(settings.service, settings.service, "other"),
        use: fc.constantFrom("session", "session", "registry", "other"),
        scopes: fc.constantFrom<string[]>(["admin"], ["read"], [], ["root"]),
      }),
      async ({ expires, starts, audience, issuer, use, scopes: held }) => {
        // Not within the tolerance for clocks, where either answer is right.
        fc.pre(Math.abs(expires + 10) > 5 && Math.abs(starts - 10) > 5);
        const token = await forged(
          (one) =>
            one
              .setExpirationTime(now + expires)
              .setNotBefore(now + starts)
              .setAudience(audience)
              .setIssuer(issuer),
          {},
          { use, scopes: held },
        ).sign(key);
        const good =
          expires > -10 &&
          starts < 10 &&
          audience === settings.service &&
          issuer === settings.service &&
          use === "session" &&
          !held.includes("root");
        const outcome = await actorFromToken(settings, token).then(
          (actor) => actor,
          (error: { code: string }) => error.code,
        );
        expect(outcome).toEqual(good ? expect.objectContaining({ scopes: held }) : "unauthenticated");
      },
    ),
    { numRuns: 200 },
  );
});
