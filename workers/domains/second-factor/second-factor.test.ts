import { beforeAll, describe, expect, it } from "vitest";
import { Authenticator } from "../../testing/authenticator.ts";
import { rows } from "../../testing/graph.ts";
import { Mailbox } from "../../testing/mailbox.ts";
import { factorPerson, password, personWithApp, site } from "../../testing/second-factor.ts";
import { assertSessionStands } from "../auth/index.ts";
import { addPasskey, beginPasskey } from "./add-passkey.ts";
import { answerChallenge, challengeOptions } from "./answer-challenge.ts";
import { beginApp, confirmApp } from "./enrol-totp.ts";
import {
  ownFactors,
  removeApp,
  removeFactors,
  removeOwnPasskey,
  renameOwnPasskey,
  renewRecoveryCodes,
  setLevel,
} from "./manage-factors.ts";
import { pruneProofs } from "./prune-proofs.ts";
import { beginPasskeySignIn, signInWithPasskey } from "./sign-in-with-passkey.ts";
import { codeAt } from "./totp.ts";

// Loading it takes a while the first time.
beforeAll(() => import("@simplewebauthn/server"), 60_000);

describe("an authenticator app", () => {
  it("is asked for as soon as it has shown a code, and not before", async () => {
    const { as, clock, ctx, enrolApp, signIn, question, answer, nextCode } = await factorPerson();
    const session = await signIn();
    await beginApp(await as(session), password);
    await signIn();
    const { secret, recoveryCodes } = await enrolApp(session);
    expect(recoveryCodes).toHaveLength(10);
    const { challenge, methods } = await question();
    expect(methods).toEqual(["totp", "recovery-code"]);
    const opened = await answer(challenge, nextCode(secret));
    expect(opened.user.handle).toBeDefined();
    expect(await ownFactors(await as(opened))).toMatchObject({
      level: "sign-in",
      appSince: expect.any(Date),
      recoveryCodesLeft: 10,
    });
    expect(JSON.stringify(await rows("SELECT * FROM totp_secrets"))).not.toContain(Buffer.from(secret).toString("hex"));
    expect(clock.now).toBe(ctx.now());
  });

  it("ends the sessions that the password alone had opened, but not the one that brought it", async () => {
    const { ctx, as, signIn, enrolApp } = await factorPerson();
    const [old, own] = [await signIn(), await signIn()];
    await enrolApp(own);
    const stands = async (session: typeof old) => {
      const { actor } = await as(session);
      return assertSessionStands({ ...ctx, exact: true }, actor).then(
        () => true,
        () => false,
      );
    };
    expect([await stands(old), await stands(own)]).toEqual([false, true]);
  });

  it("needs the password to begin, and a fresh factor once there is one", async () => {
    const { as, signIn, enrolApp, clock } = await factorPerson();
    const session = await signIn();
    await expect(beginApp(await as(session), "wrong password")).rejects.toMatchObject({ code: "denied" });
    await expect(beginApp(await as(session), undefined)).rejects.toMatchObject({ code: "denied" });
    await enrolApp(session);
    await expect(beginApp(await as(session), password)).rejects.toMatchObject({ code: "already_done" });
    clock.now += 11 * 60_000;
    await expect(beginPasskey(await as(session), site, password)).rejects.toMatchObject({
      code: "second_factor_required",
    });
  });

  it("waits an hour for its first code", async () => {
    const { as, signIn, clock } = await factorPerson();
    const session = await signIn();
    await beginApp(await as(session), password);
    clock.now += 60 * 60_000;
    await expect(confirmApp(await as(session), "123456")).rejects.toMatchObject({ code: "invalid_request" });
    await signIn();
  });

  it("is removed with a fresh factor; the recovery codes and the level go with the last factor", async () => {
    const { as, session, signIn, user } = await personWithApp();
    await setLevel(await as(session), "publish");
    await removeApp(await as(session));
    expect(await ownFactors(await as(session))).toMatchObject({ level: "off", methods: [], recoveryCodesLeft: 0 });
    await signIn();
    expect(await rows("SELECT * FROM factor_levels WHERE user_id = ?", user.id)).toEqual([]);
    await expect(removeApp(await as(session))).rejects.toMatchObject({ code: "name_unknown" });
  });

  it("goes on working when the registry's key is changed, and its secret is sealed anew", async () => {
    const person = await personWithApp();
    const [old = ""] = person.ctx.settings.sealKeys;
    const settings = { ...person.ctx.settings, sealKeys: ["a new secret of more than 32 characters", old] };
    const sealed = () => rows<{ secret: string }>("SELECT secret FROM totp_secrets WHERE user_id = ?", person.user.id);
    const [before] = await sealed();
    const { challenge } = await person.question();
    await answerChallenge({ ...person.ctx, settings }, challenge, { kind: "totp", code: person.code() }, "test");
    const [after] = await sealed();
    expect(after?.secret.split(".")[1]).not.toBe(before?.secret.split(".")[1]);
    const next = await person.question();
    const alone = { ...person.ctx, settings: { ...settings, sealKeys: settings.sealKeys.slice(0, 1) } };
    await answerChallenge(alone, next.challenge, { kind: "totp", code: person.code() }, "test");
  });
});

describe("recovery codes", () => {
  it("open the account once each, and their owner hears of it", async () => {
    const mailbox = new Mailbox();
    const { question, answer, recoveryCodes, settle, user } = await personWithApp({ mailer: mailbox });
    const [first = ""] = recoveryCodes;
    await answer((await question()).challenge, first.toUpperCase());
    await settle();
    const news = mailbox.mails.filter(({ subject }) => subject.includes(user.handle)).map(({ subject }) => subject);
    expect(news.map((subject) => subject.split(" (")[0])).toEqual([
      "An authenticator app was added to your account",
      "A recovery code was used",
    ]);
    expect(await rows("SELECT hash FROM recovery_codes WHERE user_id = ?", user.id)).toHaveLength(9);
    expect(JSON.stringify(await rows("SELECT * FROM recovery_codes"))).not.toContain(first.replaceAll("-", ""));
  });

  it("are replaced as a whole", async () => {
    const { as, session, question, answer, recoveryCodes } = await personWithApp();
    const fresh = await renewRecoveryCodes(await as(session));
    expect(fresh).toHaveLength(10);
    const { challenge } = await question();
    await expect(answer(challenge, recoveryCodes[0] ?? "")).rejects.toMatchObject({ code: "unauthenticated" });
    await answer(challenge, fresh[0] ?? "");
  });
});

describe("a passkey", () => {
  it("is a second factor, with or without knowing its user", async () => {
    const { signIn, enrolPasskey, question, ctx } = await factorPerson();
    const { authenticator, recoveryCodes, passkey } = await enrolPasskey(await signIn());
    expect(recoveryCodes).toHaveLength(10);
    for (const userVerified of [true, false]) {
      const { challenge, methods } = await question();
      expect(methods).toEqual(["passkey", "recovery-code"]);
      const options = await challengeOptions(ctx, site, challenge);
      expect(options).toMatchObject({ rpId: "registry.test", allowCredentials: [{ id: authenticator.id }] });
      const response = await authenticator.get(options, { userVerified });
      const assertion = { site: { origin: site, id: "registry.test" }, challenge, response };
      await answerChallenge(ctx, challenge, { kind: "passkey", assertion }, "test");
    }
    expect(await rows("SELECT counter FROM passkeys WHERE id = ?", passkey.id)).toEqual([{ counter: 2 }]);
  });

  it("is enough by itself when it knows its user, and its session is fresh", async () => {
    const { signIn, enrolPasskey, ctx, as } = await factorPerson();
    const { authenticator, passkey } = await enrolPasskey(await signIn());
    const options = await beginPasskeySignIn(ctx, site);
    expect(options).toMatchObject({ userVerification: "required" });
    expect(options["allowCredentials"]).toBeUndefined();
    const session = await signInWithPasskey(ctx, site, await authenticator.get(options), { agent: "test" });
    expect(Object.keys(session.user).toSorted()).toEqual(["handle", "id", "operator"]);
    await renameOwnPasskey(await as(session), passkey.id, "old laptop");
    expect((await ownFactors(await as(session))).passkeys.map(({ name }) => name)).toEqual(["old laptop"]);
    await removeOwnPasskey(await as(session), passkey.id);
    expect(await ownFactors(await as(session))).toMatchObject({ level: "off", recoveryCodesLeft: 0 });
  });

  it("can be one of several; the recovery codes come with the first", async () => {
    const { enrolPasskey, as, session } = await personWithApp();
    const { recoveryCodes } = await enrolPasskey(session);
    expect(recoveryCodes).toEqual([]);
    await removeApp(await as(session));
    expect(await ownFactors(await as(session))).toMatchObject({ methods: ["passkey", "recovery-code"] });
    await removeFactors(await as(session));
    expect(await ownFactors(await as(session))).toMatchObject({ methods: [], recoveryCodesLeft: 0 });
  });

  it("is registered once", async () => {
    const { signIn, enrolPasskey, as } = await factorPerson();
    const session = await signIn();
    const { authenticator } = await enrolPasskey(session);
    const options = await beginPasskey(await as(session), site, undefined);
    expect(options["excludeCredentials"]).toMatchObject([{ id: authenticator.id }]);
    await expect(
      addPasskey(await as(session), site, "again", await authenticator.create(options)),
    ).rejects.toMatchObject({ code: "already_done" });
  });

  it.each(["http://127.0.0.1:8080", "http://[::1]:8080", "http://registry.test", "https://registry.test"])(
    "is not offered at %s when nobody has said that this is the registry's address",
    async (origin) => {
      const { ctx } = await factorPerson();
      const settings = { ...ctx.settings, publicOrigin: undefined };
      await expect(beginPasskeySignIn({ ...ctx, settings }, origin)).rejects.toMatchObject({ code: "unsupported" });
    },
  );

  it("works on this machine by its name", async () => {
    const { ctx, user } = await factorPerson();
    const local = { ...ctx, settings: { ...ctx.settings, publicOrigin: undefined } };
    const authenticator = await Authenticator.make("http://localhost:8080");
    const options = await beginPasskeySignIn(local, "http://localhost:8080");
    expect(options).toMatchObject({ rpId: "localhost" });
    const response = await authenticator.get(options, { userHandle: Buffer.from(user.id).toString("base64url") });
    await expect(
      signInWithPasskey(local, "http://localhost:8080", response, { agent: undefined }),
    ).rejects.toMatchObject({ code: "unauthenticated" });
  });
});

it("half-done sign-ins and ceremonies are forgotten when their time is over", async () => {
  const { question, ctx, clock } = await personWithApp();
  await question();
  await beginPasskeySignIn(ctx, site);
  clock.now += 5 * 60_000;
  await pruneProofs(ctx);
  expect(await rows("SELECT hash FROM factor_challenges WHERE expires_at <= ?", clock.now)).toEqual([]);
});

it("what is confirmed is the app that waits last", async () => {
  const { signIn, as, clock } = await factorPerson();
  const session = await signIn();
  const first = await beginApp(await as(session), password);
  await beginApp(await as(session), password);
  const { Secret } = await import("otpauth/bare");
  const old = codeAt(Secret.fromBase32(first.secret).bytes, clock.now);
  await expect(confirmApp(await as(session), old)).rejects.toMatchObject({ code: "second_factor_required" });
});
