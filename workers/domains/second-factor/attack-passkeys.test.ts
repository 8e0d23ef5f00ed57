import { beforeAll, describe, expect, it } from "vitest";
import { Authenticator, type Lies } from "../../testing/authenticator.ts";
import { type FactorPerson, factorPerson, personWithApp, site } from "../../testing/second-factor.ts";
import { addPasskey, beginPasskey } from "./add-passkey.ts";
import { answerChallenge, challengeOptions } from "./answer-challenge.ts";
import type { AuthenticationResponseJSON } from "./passkey-ceremony.ts";
import { removeFactors } from "./manage-factors.ts";
import { beginPasskeySignIn, signInWithPasskey } from "./sign-in-with-passkey.ts";
import { beginStepUp, stepUp } from "./step-up.ts";

const refused = { code: "unauthenticated" };
const here = { origin: site, id: "registry.test" };
const challengeIn = (options: { challenge: string }) => Buffer.from(options.challenge, "base64url").toString();

// Loading it takes a while the first time.
beforeAll(() => import("@simplewebauthn/server"), 60_000);

async function personWithPasskey() {
  const person = await factorPerson();
  const session = await person.signIn();
  const { authenticator, passkey } = await person.enrolPasskey(session);
  const alone = async (lies?: Lies, key = authenticator) =>
    signInWithPasskey(person.ctx, site, await key.get(await beginPasskeySignIn(person.ctx, site), lies), {
      agent: "test",
    });
  return { ...person, session, authenticator, passkey, alone };
}

const answerWith = ({ ctx }: Pick<FactorPerson, "ctx">, challenge: string, response: AuthenticationResponseJSON) =>
  answerChallenge(ctx, challenge, { kind: "passkey", assertion: { site: here, challenge, response } }, "test");

describe("attack: second factor, assertions of passkeys", () => {
  it.each<[string, Lies]>([
    ["on a page of another origin", { origin: "https://registry.test.evil.example" }],
    ["on a subdomain", { origin: "https://evil.registry.test" }],
    ["on another port", { origin: "https://registry.test:8443" }],
    ["without TLS", { origin: "http://registry.test" }],
    ["for another RP id", { rpId: "evil.example" }],
    ["for a parent domain", { rpId: "test" }],
    ["in a frame of another site", { crossOrigin: true }],
    ["of the wrong ceremony", { type: "webauthn.create" }],
    ["without its user", { userVerified: false }],
    ["without anybody", { userPresent: false }],
    ["that names no user", { userHandle: undefined }],
    ["that names another user", { userHandle: Buffer.from("somebody else").toString("base64url") }],
    ["for a challenge of its own", { challenge: Buffer.from("0123456789abcdef").toString("base64url") }],
    ["with an empty challenge", { challenge: "" }],
  ])("comes %s", async (_, lies) => {
    const { alone } = await personWithPasskey();
    await expect(alone(lies)).rejects.toMatchObject(refused);
    await alone();
  });

  it("signs with another key", async () => {
    const { alone } = await personWithPasskey();
    const other = await Authenticator.make(site);
    await expect(alone({ key: other.privateKey })).rejects.toMatchObject(refused);
  });

  it("is sent twice", async () => {
    const { ctx, authenticator } = await personWithPasskey();
    const response = await authenticator.get(await beginPasskeySignIn(ctx, site));
    await signInWithPasskey(ctx, site, response, { agent: "test" });
    await expect(signInWithPasskey(ctx, site, response, { agent: "test" })).rejects.toMatchObject(refused);
  });

  it("is sent many times at once", async () => {
    const { ctx, authenticator } = await personWithPasskey();
    const response = await authenticator.get(await beginPasskeySignIn(ctx, site));
    const tries = Array.from({ length: 5 }, () => signInWithPasskey(ctx, site, response, { agent: "test" }));
    expect((await Promise.allSettled(tries)).filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("comes after its challenge has ended", async () => {
    const { ctx, clock, authenticator } = await personWithPasskey();
    const response = await authenticator.get(await beginPasskeySignIn(ctx, site));
    clock.now += 5 * 60_000;
    await expect(signInWithPasskey(ctx, site, response, { agent: "test" })).rejects.toMatchObject(refused);
  });

  it.each([0, 1, 3])("comes from a clone whose counter stands at %d", async (counter) => {
    const { alone } = await personWithPasskey();
    for (let i = 0; i < 3; i++) await alone();
    await expect(alone({ counter })).rejects.toMatchObject(refused);
    await alone();
  });

  it("comes from a passkey that was removed", async () => {
    const { alone, as, session } = await personWithPasskey();
    await removeFactors(await as(session));
    await expect(alone()).rejects.toMatchObject(refused);
  });

  it("comes from a passkey that nobody registered", async () => {
    const { alone, user } = await personWithPasskey();
    const stranger = await Authenticator.make(site);
    stranger.userHandle = Buffer.from(user.id).toString("base64url");
    await expect(alone({}, stranger)).rejects.toMatchObject(refused);
  });

  it("answers somebody else's sign-in with an own passkey", async () => {
    const [mine, theirs] = [await personWithPasskey(), await personWithPasskey()];
    const { challenge } = await theirs.question();
    const options = await challengeOptions(theirs.ctx, site, challenge);
    const response = await mine.authenticator.get(options);
    await expect(answerWith(theirs, challenge, response)).rejects.toMatchObject(refused);
    await answerWith(theirs, challenge, await theirs.authenticator.get(options));
  });

  it("answers one sign-in with the assertion for another one of the same account", async () => {
    const person = await personWithPasskey();
    const [first, second] = [await person.question(), await person.question()];
    const response = await person.authenticator.get(await challengeOptions(person.ctx, site, first.challenge));
    await expect(answerWith(person, second.challenge, response)).rejects.toMatchObject(refused);
    await answerWith(person, first.challenge, response);
  });

  it("takes the assertion of a step-up for a sign-in, and the other way round", async () => {
    const { ctx, as, session, authenticator } = await personWithPasskey();
    const stepping = await authenticator.get(await beginStepUp(await as(session), site));
    await expect(signInWithPasskey(ctx, site, stepping, { agent: "test" })).rejects.toMatchObject(refused);
    const options = await beginPasskeySignIn(ctx, site);
    const challenge = challengeIn(options);
    const assertion = { site: here, challenge, response: await authenticator.get(options) };
    await expect(stepUp(await as(session), { kind: "passkey", assertion })).rejects.toMatchObject({
      code: "second_factor_required",
    });
  });

  it("steps up with the assertion that somebody else was asked for", async () => {
    const [mine, theirs] = [await personWithPasskey(), await personWithPasskey()];
    const options = await beginStepUp(await theirs.as(theirs.session), site);
    const assertion = { site: here, challenge: challengeIn(options), response: await mine.authenticator.get(options) };
    await expect(stepUp(await mine.as(mine.session), { kind: "passkey", assertion })).rejects.toMatchObject({
      code: "second_factor_required",
    });
  });

  it.each<[string, Partial<AuthenticationResponseJSON["response"]>]>([
    ["client data", { clientDataJSON: "bm90IGpzb24" }],
    ["client data that is null", { clientDataJSON: "bnVsbA" }],
    ["authenticator data", { authenticatorData: "AAAA" }],
    ["a signature", { signature: "" }],
    ["base64", { signature: "*" }],
  ])("sends junk for %s", async (_, junk) => {
    const { ctx, authenticator } = await personWithPasskey();
    const response = await authenticator.get(await beginPasskeySignIn(ctx, site));
    const broken = { ...response, response: { ...response.response, ...junk } };
    await expect(signInWithPasskey(ctx, site, broken, { agent: "test" })).rejects.toMatchObject(refused);
  });
});

describe("attack: second factor, registration of passkeys", () => {
  it.each<[string, Lies]>([
    ["on a page of another origin", { origin: "https://evil.example" }],
    ["for another RP id", { rpId: "evil.example" }],
    ["in a frame of another site", { crossOrigin: true }],
    ["of the wrong ceremony", { type: "webauthn.get" }],
    ["without anybody", { userPresent: false }],
    ["for a challenge of its own", { challenge: Buffer.from("0123456789abcdef").toString("base64url") }],
    ["with a key for HMAC", { algorithm: 5 }],
    ["with a key for no algorithm", { algorithm: 0 }],
    ["with a key for SHA-1 with RSA", { algorithm: -65_535 }],
    ["with an ECDSA key that says it is for RSA", { algorithm: -257 }],
    ["with an ECDSA key that says it is for Ed25519", { algorithm: -8 }],
  ])("comes %s", async (_, lies) => {
    const { signIn, as } = await factorPerson();
    const session = await signIn();
    const authenticator = await Authenticator.make(site);
    const options = await beginPasskey(await as(session), site, "correct horse battery");
    await expect(
      addPasskey(await as(session), site, "x", await authenticator.create(options, lies)),
    ).rejects.toMatchObject({ code: "invalid_request" });
    await signIn();
  });

  it("adds a passkey to the attacker's account with what its victim was asked for, or a second one with the same", async () => {
    const [mine, theirs] = [await personWithApp(), await personWithApp()];
    const authenticator = await Authenticator.make(site);
    const options = await beginPasskey(await theirs.as(theirs.session), site, undefined);
    const response = await authenticator.create(options);
    await expect(addPasskey(await mine.as(mine.session), site, "x", response)).rejects.toMatchObject({
      code: "invalid_request",
    });
    // Whoever shows a challenge in the wrong place has used it up.
    await expect(addPasskey(await theirs.as(theirs.session), site, "x", response)).rejects.toMatchObject({
      code: "invalid_request",
    });
  });

  it("takes over a passkey that another account has", async () => {
    const theirs = await personWithPasskey();
    const mine = await personWithApp();
    const options = await beginPasskey(await mine.as(mine.session), site, undefined);
    await expect(
      addPasskey(await mine.as(mine.session), site, "x", await theirs.authenticator.create(options)),
    ).rejects.toMatchObject({ code: "already_done" });
  });

  it("comes five minutes late", async () => {
    const { as, session, clock } = await personWithApp();
    const authenticator = await Authenticator.make(site);
    const options = await beginPasskey(await as(session), site, undefined);
    clock.now += 5 * 60_000;
    await expect(addPasskey(await as(session), site, "x", await authenticator.create(options))).rejects.toMatchObject({
      code: "invalid_request",
    });
  });
});
