import { env } from "cloudflare:workers";
import { exportJWK, generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, it, vi } from "vitest";
import { parseHandle } from "../../../core/identifiers.ts";
import { settingsOf } from "../../env.ts";
import { actorFromToken, sessionLifetime, signRegistryToken, signSession } from "./tokens.ts";

const settings = settingsOf(env);
const user = { id: "user-1", handle: parseHandle("krishna"), operator: false };
const claims = { use: "session", handle: "krishna", operator: true, scopes: ["admin"] };

const { kty, crv, x, d } = settings.tokenKey;
const ownKey = async () => importJWK({ kty, crv, x, d }, "EdDSA");

/** A token as ours are, but for what a test changes. */
function forged(
  change: (token: SignJWT) => SignJWT = (token) => token,
  header: object = {},
  odd: object = {},
): SignJWT {
  const usual = new SignJWT({ ...claims, ...odd })
    .setProtectedHeader({ alg: "EdDSA", typ: "JWT", ...header })
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
    const actor = await actorFromToken(settings, await signSession(settings, user));
    expect(actor).toMatchObject({
      kind: "user",
      userId: "user-1",
      handle: "krishna",
      operator: false,
      scopes: ["admin"],
      credential: { kind: "session" },
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

describe("a token is refused", () => {
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
    const [head, , signature] = (await signSession(settings, user)).split(".");
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
