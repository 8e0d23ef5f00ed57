import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { verbContext } from "../../testing/account.ts";
import { rows } from "../../testing/graph.ts";
import { Mailbox } from "../../testing/mailbox.ts";
import { createOrganization } from "../namespaces/create-organization.ts";
import { answerInvitation } from "../invitations/answer.ts";
import { invite } from "../invitations/invite.ts";
import { type Actor, isSecret, makeSecret } from "../auth/index.ts";
import { openSession } from "../auth/open-session.ts";
import { refreshSession } from "../auth/refresh-session.ts";
import { signIn } from "../auth/sign-in.ts";
import { actorFromToken } from "../auth/tokens.ts";
import { changeEmail } from "./change-email.ts";
import { changePassword } from "./change-password.ts";
import { deleteAccount } from "./delete-account.ts";
import { exportAccount, readAccount } from "./export-account.ts";
import { forgotPassword } from "./forgot-password.ts";
import { pruneMailTokens } from "./prune-tokens.ts";
import { resetPassword } from "./reset-password.ts";
import { signUp } from "./sign-up.ts";
import { verifyEmail } from "./verify-email.ts";

const password = "correct horse battery";
const other = "staple battery horse";
const hour = 3_600_000;
const voidToken = expect.objectContaining({ code: "unauthenticated", message: expect.stringContaining("token") });
let count = 0;

/** Somebody with an account, a mailbox and a session. */
async function person(more: { email?: string | false; operator?: boolean } = {}) {
  const mailbox = new Mailbox();
  const scene = verbContext(undefined, { mailer: mailbox });
  const { ctx, settle } = scene;
  const handle = `person-of-${++count}`;
  const email = more.email === false ? undefined : (more.email ?? `${handle}@example.org`);
  const user = await signUp(ctx, { handle, password, email }, more.operator);
  await settle();
  const session = () =>
    openSession(ctx, user, {
      agent: "test",
      scopes: ["admin"],
      proved: ["password"],
      signIn: "password",
      browser: false,
    });
  const first = await session();
  const actor: Actor = await actorFromToken(ctx.settings, first.token);
  return {
    ...scene,
    handle,
    email: email ?? "",
    user,
    mailbox,
    session,
    first,
    own: { ...ctx, actor },
    canSignIn: (secret: string) =>
      signIn(ctx, { handle, password: secret }, undefined).then(
        () => true,
        () => false,
      ),
    refreshes: (one: { refreshToken: string }) =>
      refreshSession(ctx, one.refreshToken, undefined).then(
        () => true,
        () => false,
      ),
    confirm: async () => verifyEmail(ctx, mailbox.token(email ?? "")),
  };
}

describe("an e-mail address", () => {
  it("counts for nothing until the token that was sent to it comes back, once", async () => {
    const { ctx, own, mailbox, email, handle, settle } = await person();
    expect(await readAccount(own)).toMatchObject({ email, emailConfirmedAt: null });
    await forgotPassword(ctx, handle);
    await settle();
    expect(mailbox.to(email)).toHaveLength(1);
    const token = mailbox.token(email);
    expect(await verifyEmail(ctx, token)).toEqual({ handle, email });
    expect(await readAccount(own)).toMatchObject({ email, emailConfirmedAt: expect.any(String) });
    await expect(verifyEmail(ctx, token)).rejects.toEqual(voidToken);
  });

  it("is changed by the password and the new address together, and the old one is told", async () => {
    const { ctx, own, mailbox, email, confirm, settle } = await person();
    await confirm();
    const next = `next-${email}`;
    await expect(changeEmail(own, { email: next, password: "a wrong one" })).rejects.toMatchObject({ code: "denied" });
    await changeEmail(own, { email: next, password });
    await settle();
    expect(await readAccount(own)).toMatchObject({ email });
    await verifyEmail(ctx, mailbox.token(next));
    await settle();
    expect(await readAccount(own)).toMatchObject({ email: next });
    expect(mailbox.to(email).at(-1)?.subject).toContain("address was changed");
    expect(mailbox.to(email).at(-1)?.text).not.toContain(next);
  });

  it("asked for twice is confirmed by the newest token only, within a day", async () => {
    const { ctx, own, mailbox, email, clock, settle } = await person();
    const first = mailbox.token(email);
    await changeEmail(own, { email, password });
    await settle();
    await expect(verifyEmail(ctx, first)).rejects.toEqual(voidToken);
    clock.now += 24 * hour;
    await expect(verifyEmail(ctx, mailbox.token(email))).rejects.toEqual(voidToken);
    await pruneMailTokens(ctx);
    expect(await rows("SELECT * FROM mail_tokens WHERE expires_at <= ?", clock.now)).toEqual([]);
  });

  it("is confirmed once when two ask at once", async () => {
    const { ctx, mailbox, email } = await person();
    const token = mailbox.token(email);
    const outcomes = await Promise.allSettled([verifyEmail(ctx, token), verifyEmail(ctx, token)]);
    expect(outcomes.map((one) => one.status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });

  it("gets only so many mails", async () => {
    const { own } = await person();
    for (let i = 0; i < 5; i++) await changeEmail(own, { email: `n${i}@example.org`, password });
    await expect(changeEmail(own, { email: "n6@example.org", password })).rejects.toMatchObject({
      code: "rate_limited",
    });
  });
});

describe("a forgotten password", () => {
  it("is set anew once, within an hour, by handle or address; all sessions end and the owner is told", async () => {
    for (const by of ["handle", "email"] as const) {
      const one = await person();
      const { ctx, mailbox, email, settle } = one;
      await one.confirm();
      await forgotPassword(ctx, by === "handle" ? one.handle : email.toUpperCase());
      await settle();
      const token = mailbox.token(email);
      expect(isSecret("reset-password", token)).toBe(true);
      await expect(resetPassword(ctx, { token, password: "short" })).rejects.toMatchObject({ code: "invalid_request" });
      await resetPassword(ctx, { token, password: other });
      await settle();
      expect([await one.canSignIn(password), await one.canSignIn(other)]).toEqual([false, true]);
      expect(await one.refreshes(one.first)).toBe(false);
      await expect(resetPassword(ctx, { token, password })).rejects.toEqual(voidToken);
      expect(mailbox.to(email).at(-1)?.subject).toContain("password was changed");
    }
  });

  it("is not looked up before the answer is made, whether or not there is an account", async () => {
    const { ctx, handle, settle, confirm, mailbox, email } = await person();
    await confirm();
    const before = mailbox.mails.length;
    let asked = 0;
    const db = new Proxy(ctx.db, {
      get: (target, name) => {
        asked++;
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
    const works: (() => Promise<unknown>)[] = [];
    for (const account of [handle, "nobody-is-called-this", "nobody@example.org", "not a name at all"]) {
      await forgotPassword({ ...ctx, db, afterwards: (work) => void works.push(() => work) }, account);
    }
    for (const work of works) await work();
    await settle();
    expect(asked).toBeGreaterThan(0);
    expect(mailbox.mails.slice(before).map((mail) => mail.to)).toEqual([email]);
  });

  it("cannot be set with a token that is too old, of another kind, invented, or void by what came after", async () => {
    const { ctx, own, mailbox, email, clock, settle, confirm, handle } = await person();
    const verification = mailbox.token(email);
    const attempt = (token: string) =>
      expect(resetPassword(ctx, { token, password: other })).rejects.toEqual(voidToken);
    await attempt(verification);
    await attempt(makeSecret("reset-password"));
    await attempt("");
    await confirm();
    const fresh = async () => {
      await forgotPassword(ctx, handle);
      await settle();
      return mailbox.token(email);
    };
    const first = await fresh();
    const second = await fresh();
    await attempt(first);
    await changePassword(own, { password, newPassword: other });
    await attempt(second);
    const late = await fresh();
    clock.now += hour;
    await attempt(late);
  });

  it("is set once when two have the token", async () => {
    const { ctx, mailbox, email, settle, confirm, handle } = await person();
    await confirm();
    await forgotPassword(ctx, handle);
    await settle();
    const token = mailbox.token(email);
    const outcomes = await Promise.allSettled(
      ["first new password", "second new password"].map((secret) => resetPassword(ctx, { token, password: secret })),
    );
    expect(outcomes.map((one) => one.status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });

  it("gets only so many mails, counted alike for accounts that do not exist", async () => {
    const { ctx, handle } = await person();
    for (const account of [handle, "nobody-at-all"]) {
      for (let i = 0; i < 5; i++) await forgotPassword(ctx, account);
      await expect(forgotPassword(ctx, account)).rejects.toMatchObject({ code: "rate_limited" });
    }
  });
});

describe("changing the password", () => {
  it("needs the present one, ends the other sessions and keeps the own", async () => {
    const one = await person();
    const second = await one.session();
    await expect(changePassword(one.own, { password: "a wrong one", newPassword: other })).rejects.toMatchObject({
      code: "denied",
    });
    await expect(changePassword(one.own, { password, newPassword: "short" })).rejects.toMatchObject({
      code: "invalid_request",
    });
    expect(await one.canSignIn(password)).toBe(true);
    await changePassword(one.own, { password, newPassword: other });
    expect([await one.canSignIn(password), await one.canSignIn(other)]).toEqual([false, true]);
    expect([await one.refreshes(second), await one.refreshes(one.first)]).toEqual([false, true]);
  });

  it("of two at once one is told that it came too late", async () => {
    const { own } = await person();
    const outcomes = await Promise.allSettled(
      ["first new password", "second new password"].map((newPassword) =>
        changePassword(own, { password, newPassword }),
      ),
    );
    expect(outcomes.map((one) => one.status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });
});

describe("deleting an account", () => {
  it("takes the person out, leaves the handle taken, and says good-bye", async () => {
    const one = await person();
    const { own, ctx, user, handle, email, mailbox, settle } = one;
    await one.confirm();
    await expect(deleteAccount(own, "a wrong one")).rejects.toMatchObject({ code: "denied" });
    await deleteAccount(own, password);
    await settle();
    expect(mailbox.to(email).at(-1)?.subject).toContain("account was deleted");
    expect(await one.canSignIn(password)).toBe(false);
    expect(await one.refreshes(one.first)).toBe(false);
    await expect(signUp(ctx, { handle, password })).rejects.toMatchObject({ code: "name_taken" });
    await expect(readAccount(own)).rejects.toMatchObject({ code: "unauthenticated" });
    for (const table of ["api_keys", "mail_tokens", "members"])
      expect(await rows(`SELECT * FROM ${table} WHERE user_id = ?`, user.id)).toEqual([]);
    const left = JSON.stringify([
      await rows("SELECT * FROM users WHERE id = ?", user.id),
      await rows("SELECT address, agent FROM sessions WHERE user_id = ?", user.id),
    ]);
    expect(left).not.toContain(email);
    expect(left).not.toContain("scrypt");
    await forgotPassword(ctx, handle);
    await settle();
    expect(mailbox.to(email).at(-1)?.subject).toContain("account was deleted");
  });

  it("is refused to the last owner of an organisation, naming it, also when all owners leave at once", async () => {
    const [ann, ben] = [await person(), await person()];
    const org = `org-${ann.handle}`;
    await createOrganization(ann.own, org);
    await expect(deleteAccount(ann.own, password)).rejects.toMatchObject({
      code: "denied",
      details: { organizations: [`orgs/${org}`] },
    });
    expect(await ann.canSignIn(password)).toBe(true);
    const { id } = await invite(ann.own, "orgs", org, { handle: ben.handle, role: "owner" });
    await answerInvitation(ben.own, { id }, true);
    const outcomes = await Promise.allSettled([deleteAccount(ann.own, password), deleteAccount(ben.own, password)]);
    expect(outcomes.map((one) => one.status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const owners = await rows(
      "SELECT m.user_id FROM members m JOIN namespaces n ON n.id = m.namespace_id WHERE n.handle = ? AND m.role = 'owner'",
      org,
    );
    expect(owners).toHaveLength(1);
  });

  it("is refused to the only operator", async () => {
    await env.DB.exec("UPDATE users SET operator = 0");
    const boss = await person({ operator: true });
    await expect(deleteAccount(boss.own, password)).rejects.toMatchObject({
      code: "denied",
      message: expect.stringContaining("operator"),
    });
    await person({ operator: true });
    await deleteAccount(boss.own, password);
    expect(await boss.canSignIn(password)).toBe(false);
  });
});

it("what one takes along holds everything of one's own and no secret", async () => {
  const { own, handle, email, first } = await person();
  const data = await exportAccount(own);
  expect(data).toMatchObject({
    account: { handle, email },
    namespaces: [{ namespace: `users/${handle}`, role: "owner" }],
    teams: [],
    sessions: [{ agent: "test" }],
    keys: [],
    published: [],
  });
  expect(JSON.stringify(data)).not.toMatch(/scrypt|hash|gati_/i);
  expect(JSON.stringify(data)).not.toContain(first.token);
});

it("strangers and registry tokens reach none of it", async () => {
  const { ctx, own } = await person();
  const narrow = {
    ...own,
    actor: { ...own.actor, credential: { kind: "registry-token", expiresAt: new Date(), grants: [], catalog: false } },
  } as typeof own;
  const calls = [readAccount, exportAccount, (c: typeof own) => deleteAccount(c, password)];
  for (const call of calls) {
    await expect(call(ctx)).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(call(narrow)).rejects.toMatchObject({ code: "insufficient_scope" });
  }
});
