import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { OutboxMailer } from "../../adapters/mail/outbox-mailer.ts";
import { freshAccount, verbContext } from "../../testing/account.ts";
import { rows } from "../../testing/graph.ts";
import { Mailbox } from "../../testing/mailbox.ts";
import { signUp } from "../accounts/sign-up.ts";
import type { Actor } from "../auth/index.ts";
import { deliverMails, pruneMails } from "./deliver-mails.ts";
import { readOutbox } from "./read-outbox.ts";

const minute = 60_000;
let count = 0;
beforeEach(() => env.DB.exec("DELETE FROM outbox"));

/** An account that was made with an address, so that a letter waits; nothing is delivered yet. */
async function waiting(mailer = new Mailbox()) {
  const scene = verbContext(undefined, { mailer });
  const email = `person-${++count}@example.org`;
  const handle = `mailed-${count}`;
  mailer.failures.push("crash");
  await signUp(scene.ctx, { handle, password: "correct horse battery", email });
  await scene.settle();
  // As if the registry had died before it tried.
  mailer.tries = 0;
  await env.DB.exec("UPDATE outbox SET attempts = 0, due_at = 0");
  const deliver = () => deliverMails(scene.ctx);
  const state = async () => (await rows<{ state: string; text: string; attempts: number }>("SELECT * FROM outbox"))[0]!;
  return { ...scene, mailer, email, handle, deliver, state };
}

describe("the outbox", () => {
  it("sends a mail once, and forgets what it said", async () => {
    const { deliver, mailer, email, state } = await waiting();
    expect((await state()).text).toContain("gati_ev_");
    await Promise.all([deliver(), deliver(), deliver()]);
    await deliver();
    expect(mailer.to(email)).toHaveLength(1);
    expect(await state()).toMatchObject({ state: "sent", text: "", attempts: 1 });
  });

  it("writes nothing when the account was not made, and loses nothing when nothing was sent", async () => {
    const { ctx, handle, deliver, mailer } = await waiting();
    await expect(
      signUp(ctx, { handle, password: "correct horse battery", email: "second@example.org" }),
    ).rejects.toMatchObject({ code: "name_taken" });
    await deliver();
    expect(mailer.mails.map((mail) => mail.to)).not.toContain("second@example.org");
    expect(mailer.mails).toHaveLength(1);
  });

  it.each(["temporary", "crash"] as const)("tries again after a %s failure, with pauses that grow", async (failure) => {
    const { deliver, mailer, state, clock } = await waiting();
    mailer.failures.push(failure, failure);
    await deliver();
    await deliver();
    expect(mailer.tries).toBe(1);
    clock.now += 5 * minute;
    await deliver();
    expect(mailer.tries).toBe(2);
    clock.now += 5 * minute;
    await deliver();
    expect(mailer.tries).toBe(2);
    clock.now += 5 * minute;
    await deliver();
    expect(await state()).toMatchObject({ state: "sent", attempts: 3 });
  });

  it("gives up after eight tries, or at once when no other will go better", async () => {
    const tired = await waiting();
    tired.mailer.failures.push(...Array.from({ length: 20 }, () => "temporary" as const));
    for (let i = 0; i < 20; i++) {
      await tired.deliver();
      tired.clock.now += 60 * minute;
      // News of a day; the pauses between the last tries are hours.
      await env.DB.exec("UPDATE outbox SET due_at = 0");
    }
    expect(tired.mailer.tries).toBe(8);
    expect(await tired.state()).toMatchObject({ state: "failed", text: "" });
    await env.DB.exec("DELETE FROM outbox");
    const hopeless = await waiting();
    hopeless.mailer.failures.push("permanent");
    await hopeless.deliver();
    expect(await hopeless.state()).toMatchObject({ state: "failed", text: "", attempts: 1 });
  });

  it("does not send what is no longer true", async () => {
    const { deliver, mailer, clock, state } = await waiting();
    clock.now += 24 * 60 * minute;
    await deliver();
    expect(mailer.tries).toBe(0);
    expect(await state()).toMatchObject({ state: "failed", text: "" });
  });
});

describe("where nothing sends mail", () => {
  it("the operator reads it, nobody else does, and its token goes when it is void", async () => {
    const { ctx, clock, email, handle } = await waiting();
    await deliverMails({ ...ctx, mailer: new OutboxMailer() });
    const person = await freshAccount();
    const as = (operator: boolean, kind: "session" | "registry-token" = "session") =>
      ({
        ...ctx,
        actor: {
          kind: "user",
          userId: person.id,
          handle: person.handle,
          operator,
          scopes: ["admin"],
          credential:
            kind === "session"
              ? { kind, id: "s", expiresAt: new Date() }
              : { kind, expiresAt: new Date(), grants: [], catalog: false },
        } satisfies Actor,
      }) as const;
    const { mails, next } = await readOutbox(as(true), undefined);
    expect(next).toBeNull();
    expect(mails).toMatchObject([
      { recipient: email, handle, state: "kept", text: expect.stringContaining("gati_ev_") },
    ]);
    await expect(readOutbox(as(false), undefined)).rejects.toMatchObject({ code: "denied" });
    await expect(readOutbox(as(true, "registry-token"), undefined)).rejects.toMatchObject({
      code: "insufficient_scope",
    });
    await expect(readOutbox({ ...ctx, actor: { kind: "anonymous" } }, undefined)).rejects.toMatchObject({
      code: "unauthenticated",
    });
    await expect(readOutbox(as(true), "nonsense")).rejects.toMatchObject({ code: "invalid_request" });
    clock.now += 24 * 60 * minute + 1;
    await pruneMails(ctx);
    expect((await readOutbox(as(true), undefined)).mails[0]).toMatchObject({ text: "" });
    clock.now += 30 * 24 * 60 * minute;
    await pruneMails(ctx);
    expect((await readOutbox(as(true), undefined)).mails).toEqual([]);
  });

  it("pages hold fifty mails and lose none", async () => {
    const { ctx } = await waiting();
    const operator = await freshAccount({ operator: true });
    await env.DB.exec("DELETE FROM outbox");
    const insert = env.DB.prepare(
      "INSERT INTO outbox (id, user_id, recipient, subject, text, state, created_at, due_at, expires_at) VALUES (?, ?, 'a@b.c', 's', 't', 'kept', ?, 0, 0)",
    );
    const ids = Array.from({ length: 120 }, () => crypto.randomUUID());
    // Several of one moment: the cursor has to tell them apart.
    await env.DB.batch(ids.map((id, i) => insert.bind(id, operator.id, 1_000 + Math.floor(i / 7))));
    const actor: Actor = {
      kind: "user",
      userId: operator.id,
      handle: operator.handle,
      operator: true,
      scopes: ["admin"],
      credential: { kind: "session", id: "s", expiresAt: new Date() },
    };
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { mails, next } = await readOutbox({ ...ctx, actor }, cursor);
      seen.push(...mails.map(({ id }) => id));
      cursor = next ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toHaveLength(120);
    expect(seen.toSorted()).toEqual(ids.toSorted());
  });
});
