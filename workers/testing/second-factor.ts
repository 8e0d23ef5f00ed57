import { scryptSync } from "node:crypto";
import { env } from "cloudflare:workers";
import { Secret } from "otpauth/bare";
import { finishSignIn, type OpenedSession } from "../domains/auth/index.ts";
import { actorFromToken } from "../domains/auth/tokens.ts";
import { addPasskey, beginPasskey } from "../domains/second-factor/add-passkey.ts";
import { answerChallenge } from "../domains/second-factor/answer-challenge.ts";
import { beginApp, confirmApp } from "../domains/second-factor/enrol-totp.ts";
import { answerOf } from "../domains/second-factor/prove-factor.ts";
import { codeAt } from "../domains/second-factor/totp.ts";
import type { Context } from "../context.ts";
import { settingsOf } from "../env.ts";
import { freshAccount, verbContext } from "./account.ts";
import { Authenticator } from "./authenticator.ts";

export const site = "https://registry.test";
export const password = "correct horse battery";
const salt = Buffer.from("a salt for tests");
/** In the form of `hashPassword`, with parameters that cost nothing. */
export const cheapHash = `scrypt$16$8$1$${salt.toString("base64")}$${scryptSync(password, salt, 32, { N: 16, r: 8, p: 1 }).toString("base64")}`;

/** What `second_factor_required` tells. */
export interface Question {
  readonly challenge: string;
  readonly methods: readonly string[];
}

/** A person with a password, and what they can do to sign in and to get second factors. Time is the test's. */
export async function factorPerson(more: Partial<Context> = {}) {
  const user = await freshAccount({ passwordHash: cheapHash, email: "person@example.com" });
  await env.DB.prepare("UPDATE users SET email_verified_at = 1 WHERE id = ?").bind(user.id).run();
  const world = verbContext(undefined, { settings: { ...settingsOf(env), publicOrigin: site }, ...more });
  const { ctx, clock } = world;

  const signIn = () => finishSignIn(ctx, user, { agent: "test", proved: ["password"] });
  /** The caller of a session, in a request of its own. */
  const as = async (session: OpenedSession, request: Partial<Context> = {}): Promise<Context> => ({
    ...ctx,
    actor: await actorFromToken(ctx.settings, session.token),
    ...request,
  });
  const question = () =>
    signIn().then(
      () => Promise.reject(new Error("was let in by the password alone")),
      (error: { code: string; details: unknown }) => {
        if (error.code !== "second_factor_required") throw error;
        return error.details as Question;
      },
    );
  const answer = (challenge: string, text: string) => answerChallenge(ctx, challenge, answerOf(text), "test");
  /** Waits for the app's next code: the last one is used up. */
  const nextCode = (secret: Uint8Array) => {
    clock.now += 30_000;
    return codeAt(secret, clock.now);
  };

  const enrolApp = async (session: OpenedSession) => {
    const { secret: base32 } = await beginApp(await as(session), password);
    const secret = Secret.fromBase32(base32).bytes;
    const { recoveryCodes } = await confirmApp(await as(session), codeAt(secret, clock.now));
    return { secret, recoveryCodes };
  };
  const enrolPasskey = async (session: OpenedSession, name = "laptop") => {
    const authenticator = await Authenticator.make(site);
    const options = await beginPasskey(await as(session), site, password);
    const added = await addPasskey(await as(session), site, name, await authenticator.create(options));
    return { authenticator, ...added };
  };
  return { ...world, user, signIn, as, question, answer, nextCode, enrolApp, enrolPasskey };
}

export type FactorPerson = Awaited<ReturnType<typeof factorPerson>>;

/** A person with an authenticator app, signed in with it. */
export async function personWithApp(more: Partial<Context> = {}) {
  const person = await factorPerson(more);
  const session = await person.signIn();
  const { secret, recoveryCodes } = await person.enrolApp(session);
  return { ...person, session, secret, recoveryCodes, code: () => person.nextCode(secret) };
}
