import { describe, expect, it } from "vitest";
import { rows } from "../../testing/graph.ts";
import { Mailbox } from "../../testing/mailbox.ts";
import { factorPerson, password, personWithApp, site } from "../../testing/second-factor.ts";
import { finishSignIn, makeSecret, type SecretKind } from "../auth/index.ts";
import { beginPasskey } from "./add-passkey.ts";
import { beginApp, confirmApp } from "./enrol-totp.ts";
import { answerOf } from "./prove-factor.ts";
import { beginPasskeySignIn } from "./sign-in-with-passkey.ts";
import { stepUp } from "./step-up.ts";
import { codeAt } from "./totp.ts";

const refused = { code: "unauthenticated" };
const challengeIn = ({ challenge }: { challenge: string }) => Buffer.from(challenge, "base64url").toString();

async function outcomes(tries: Promise<unknown>[]): Promise<{ won: number; codes: string[] }> {
  const settled = await Promise.allSettled(tries);
  const lost = settled.flatMap((one) => (one.status === "rejected" ? [(one.reason as { code: string }).code] : []));
  return { won: settled.length - lost.length, codes: [...new Set(lost)] };
}

describe("attack: second factor, codes", () => {
  it("shows a code again that was seen over a shoulder", async () => {
    const { question, answer, code } = await personWithApp();
    const seen = code();
    await answer((await question()).challenge, seen);
    await expect(answer((await question()).challenge, seen)).rejects.toMatchObject(refused);
  });

  it("shows the code of the step before one that was used", async () => {
    const { question, answer, secret, clock } = await personWithApp();
    clock.now += 60_000;
    const older = codeAt(secret, clock.now - 30_000);
    await answer((await question()).challenge, codeAt(secret, clock.now));
    await expect(answer((await question()).challenge, older)).rejects.toMatchObject(refused);
  });

  it("signs in with a code that was used to step up, and the other way round", async () => {
    const { question, answer, code, as, session } = await personWithApp();
    const first = code();
    await stepUp(await as(session), answerOf(first));
    await expect(answer((await question()).challenge, first)).rejects.toMatchObject(refused);
    const second = code();
    await answer((await question()).challenge, second);
    await expect(stepUp(await as(session), answerOf(second))).rejects.toMatchObject({ code: "second_factor_required" });
  });

  it("uses one code in many places at once", async () => {
    const { question, answer, code } = await personWithApp();
    const challenges = await Promise.all([question(), question(), question(), question()]);
    const one = code();
    expect(await outcomes(challenges.map(({ challenge }) => answer(challenge, one)))).toEqual({
      won: 1,
      codes: ["unauthenticated"],
    });
  });

  it("uses one recovery code in many places at once", async () => {
    const { question, answer, recoveryCodes } = await personWithApp();
    const challenges = await Promise.all([question(), question(), question(), question()]);
    const [one = ""] = recoveryCodes;
    expect((await outcomes(challenges.map(({ challenge }) => answer(challenge, one)))).won).toBe(1);
  });

  it("opens two sessions with one challenge by two right codes", async () => {
    const { question, answer, recoveryCodes, code } = await personWithApp();
    const { challenge } = await question();
    const tries = [code(), ...recoveryCodes.slice(0, 3)].map((one) => answer(challenge, one));
    expect((await outcomes(tries)).won).toBe(1);
    await expect(answer(challenge, recoveryCodes[9] ?? "")).rejects.toMatchObject(refused);
  });

  it("shows a recovery code a second time", async () => {
    const { question, answer, recoveryCodes } = await personWithApp();
    const [one = ""] = recoveryCodes;
    await answer((await question()).challenge, one);
    await expect(answer((await question()).challenge, one)).rejects.toMatchObject(refused);
  });

  it("shows a recovery code of another account", async () => {
    const [mine, theirs] = [await personWithApp(), await personWithApp()];
    const { challenge } = await theirs.question();
    await expect(theirs.answer(challenge, mine.recoveryCodes[0] ?? "")).rejects.toMatchObject(refused);
    expect(await rows("SELECT hash FROM recovery_codes WHERE user_id = ?", mine.user.id)).toHaveLength(10);
  });

  it("answers another account's challenge with a code of its own app", async () => {
    const [mine, theirs] = [await personWithApp(), await personWithApp()];
    const { challenge } = await theirs.question();
    await expect(mine.answer(challenge, mine.code())).rejects.toMatchObject(refused);
    await theirs.answer(challenge, theirs.code());
  });

  it("waits with a challenge until its owner is asleep", async () => {
    const { question, answer, code, clock } = await personWithApp();
    const { challenge } = await question();
    clock.now += 5 * 60_000;
    await expect(answer(challenge, code())).rejects.toMatchObject(refused);
  });

  it("guesses: five wrong codes end the sign-in, also for the right one after them, and the owner is warned", async () => {
    const mailbox = new Mailbox();
    const { question, answer, code, settle } = await personWithApp({ mailer: mailbox });
    const { challenge } = await question();
    for (let left = 4; left >= 0; left--) {
      await expect(answer(challenge, "000000")).rejects.toMatchObject({ details: { triesLeft: left } });
    }
    await expect(answer(challenge, code())).rejects.toMatchObject(refused);
    await settle();
    expect(mailbox.mails.at(-1)?.subject).toMatch(/^Somebody knows your password/);
  });

  it("guesses in parallel: no more than five are looked at", async () => {
    const { question, answer, user } = await personWithApp();
    const { challenge } = await question();
    await outcomes(Array.from({ length: 30 }, (_, i) => answer(challenge, String(100_000 + i))));
    const [row] = await rows<{ tries: number }>("SELECT tries FROM factor_challenges WHERE user_id = ?", user.id);
    expect(row?.tries).toBe(5);
  });

  it("guesses with ever new challenges: the account's throttle stops that, also at the step-up", async () => {
    const { question, answer, as, session, code } = await personWithApp();
    const codes: string[] = [];
    for (let i = 0; i < 25; i++) {
      const { challenge } = await question();
      await answer(challenge, "000000").catch((error: { code: string }) => codes.push(error.code));
    }
    expect(codes.filter((one) => one === "unauthenticated").length).toBeLessThanOrEqual(20);
    expect(codes.at(-1)).toBe("rate_limited");
    for (let i = 0; i < 20; i++) await stepUp(await as(session), answerOf("000000")).catch(() => undefined);
    await expect(stepUp(await as(session), answerOf(code()))).rejects.toMatchObject({ code: "rate_limited" });
  });

  it.each(["refresh-token", "verify-email", "reset-password", "step-up", "factor-challenge"] as SecretKind[])(
    "makes up a challenge of the form %s",
    async (kind) => {
      const { answer, code } = await personWithApp();
      await expect(answer(makeSecret(kind), code())).rejects.toMatchObject(refused);
    },
  );

  it("answers the challenge of a passkey's ceremony instead of a sign-in's", async () => {
    const { answer, code, ctx, as, session } = await personWithApp();
    const registration = await beginPasskey(await as(session), site, undefined);
    const anybody = await beginPasskeySignIn(ctx, site);
    for (const options of [registration, anybody]) {
      await expect(answer(challengeIn(options), code())).rejects.toMatchObject(refused);
    }
  });

  it("reads a challenge or a recovery code in the database", async () => {
    const { question, recoveryCodes } = await personWithApp();
    const { challenge } = await question();
    const stored = JSON.stringify([
      await rows("SELECT * FROM factor_challenges"),
      await rows("SELECT * FROM recovery_codes"),
      await rows("SELECT * FROM audit_outbox"),
      await rows("SELECT subject, text FROM outbox"),
    ]);
    for (const secret of [challenge.slice(8), ...recoveryCodes, ...recoveryCodes.map((one) => one.replaceAll("-", ""))])
      expect(stored).not.toContain(secret);
  });

  it.each(["provider", "device", "password"] as const)("comes by another door: %s", async (door) => {
    const { ctx, user } = await personWithApp();
    await expect(finishSignIn(ctx, user, { agent: "test", proved: [door] })).rejects.toMatchObject({
      code: "second_factor_required",
    });
  });

  it("locks somebody out with an app that they never confirmed, or lets it prove anything", async () => {
    const { signIn, as, clock } = await factorPerson();
    const session = await signIn();
    const { secret } = await beginApp(await as(session), password);
    await signIn();
    const { Secret } = await import("otpauth/bare");
    const pending = codeAt(Secret.fromBase32(secret).bytes, clock.now);
    await expect(stepUp(await as(session), answerOf(pending))).rejects.toMatchObject({
      code: "second_factor_required",
    });
  });

  it("guesses the code that confirms an app", async () => {
    const { signIn, as } = await factorPerson();
    const session = await signIn();
    await beginApp(await as(session), password);
    const codes: string[] = [];
    for (let i = 0; i < 25; i++) {
      await confirmApp(await as(session), "000000").catch((error: { code: string }) => codes.push(error.code));
    }
    expect(codes.at(-1)).toBe("rate_limited");
  });

  it("adds an app to an account whose session it stole, to lock its owner out", async () => {
    const { signIn, as } = await factorPerson();
    const stolen = await signIn();
    for (const guess of [undefined, "", "wrong password"]) {
      await expect(beginApp(await as(stolen), guess)).rejects.toMatchObject({ code: "denied" });
      await expect(beginPasskey(await as(stolen), site, guess)).rejects.toMatchObject({ code: "denied" });
    }
  });
});
