import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { freshAccount, verbContext } from "../../testing/account.ts";
import { rows } from "../../testing/graph.ts";
import type { Actor } from "./actor.ts";
import { endOtherSessions, endSession, ownSessions, signOut } from "./manage-sessions.ts";
import { type OpenedSession, openSession, sessionIdle, sessionLongest } from "./open-session.ts";
import { pruneSessions } from "./prune-sessions.ts";
import { refreshSession } from "./refresh-session.ts";
import { makeSecret } from "./secret-text.ts";
import { assertSessionStands } from "./session-stands.ts";
import { actorFromToken } from "./tokens.ts";

const refused = expect.objectContaining({ code: "unauthenticated" });
const day = 86_400_000;

async function person() {
  const user = await freshAccount();
  const { ctx, clock } = verbContext();
  const open = () =>
    openSession(ctx, user, {
      agent: "test",
      scopes: ["admin"],
      proved: ["password"],
      signIn: "password",
      browser: false,
    });
  const refresh = (session: Pick<OpenedSession, "refreshToken">) => refreshSession(ctx, session.refreshToken, "test");
  const actor = (session: OpenedSession) => actorFromToken(ctx.settings, session.token);
  const as = async (session: OpenedSession) => ({ ...ctx, actor: await actor(session) });
  const stands = (session: OpenedSession) => actor(session).then((found) => standing(ctx, found));
  return { user, ctx, clock, open, refresh, as, stands };
}

/** Whether the token's session stands, as a change would ask. */
async function standing(ctx: ReturnType<typeof verbContext>["ctx"], actor: Actor): Promise<boolean> {
  return assertSessionStands({ ...ctx, exact: true }, actor).then(
    () => true,
    () => false,
  );
}

const idOf = async (session: OpenedSession, ctx: ReturnType<typeof verbContext>["ctx"]) => {
  const actor = await actorFromToken(ctx.settings, session.token);
  return actor.kind === "user" && actor.credential.kind === "session" ? actor.credential.id : "";
};

describe("a session", () => {
  it("goes on with each refresh, under the same id, and its tokens are stored only as hashes", async () => {
    const { open, refresh, ctx } = await person();
    const first = await open();
    const second = await refresh(first);
    const third = await refresh(second);
    expect(new Set([first, second, third].map((one) => one.refreshToken)).size).toBe(3);
    expect(await idOf(third, ctx)).toBe(await idOf(first, ctx));
    const stored = JSON.stringify([
      await rows("SELECT * FROM sessions"),
      await rows("SELECT * FROM spent_refresh_tokens"),
    ]);
    for (const { refreshToken, token } of [first, second, third]) {
      expect(stored).not.toContain(refreshToken.slice(8));
      expect(stored).not.toContain(token.split(".")[2]);
    }
  });

  it("ends when a refresh token is shown again, for the thief and for the owner", async () => {
    const { open, refresh, stands } = await person();
    const first = await open();
    const second = await refresh(first);
    const other = await open();
    expect(await stands(second)).toBe(true);
    await expect(refresh(first)).rejects.toEqual(refused);
    await expect(refresh(second)).rejects.toEqual(refused);
    expect([await stands(first), await stands(second), await stands(other)]).toEqual([false, false, true]);
  });

  it("of many refreshes at once with one token one wins, the others are a reuse, and the session ends", async () => {
    for (let round = 0; round < 10; round++) {
      const { open, refresh, stands } = await person();
      const session = await open();
      const outcomes = await Promise.allSettled([refresh(session), refresh(session), refresh(session)]);
      const won = outcomes.filter((one) => one.status === "fulfilled");
      expect(won).toHaveLength(1);
      expect(await stands(session)).toBe(false);
      await expect(refresh(won[0]!.value)).rejects.toEqual(refused);
    }
  });

  it("does not end by a token that was never given out, nor by one of another kind", async () => {
    const { open, refresh, stands } = await person();
    const session = await open();
    for (const refreshToken of [
      makeSecret("refresh-token"),
      makeSecret("reset-password"),
      session.token,
      "",
      `${session.refreshToken} `,
      session.refreshToken.slice(0, -1),
    ]) {
      await expect(refresh({ refreshToken })).rejects.toEqual(refused);
    }
    expect(await stands(session)).toBe(true);
    await refresh(session);
  });

  it("lives thirty days without a refresh, ninety with, and its access tokens never longer", async () => {
    const { open, refresh, clock } = await person();
    const left = await open();
    clock.now += sessionIdle - 1;
    const late = await refresh(left);
    expect(late.refreshExpiresIn).toBe(sessionIdle / 1000);
    const idle = await open();
    clock.now += sessionIdle;
    await expect(refresh(idle)).rejects.toEqual(refused);

    let session = await open();
    const start = clock.now;
    while (clock.now - start < sessionLongest - 20 * day) {
      clock.now += 20 * day;
      session = await refresh(session);
    }
    clock.now = start + sessionLongest - 60_000;
    session = await refresh(session);
    expect([session.expiresIn, session.refreshExpiresIn]).toEqual([60, 60]);
    clock.now = start + sessionLongest;
    await expect(refresh(session)).rejects.toEqual(refused);
  });

  it("is one of at most a hundred; the one that was not used for longest makes room", async () => {
    const { open, refresh, clock, as } = await person();
    const first = await open();
    clock.now += 1;
    const second = await open();
    clock.now += 1;
    const kept = await refresh(first);
    for (let i = 0; i < 99; i++) {
      clock.now += 1;
      await open();
    }
    await expect(refresh(second)).rejects.toEqual(refused);
    expect(await ownSessions(await as(await refresh(kept)))).toHaveLength(100);
  });
});

describe("ending sessions", () => {
  it("one by its id, all others, or the own one, and nobody else's", async () => {
    const { open, as, stands, ctx } = await person();
    const [a, b, c] = [await open(), await open(), await open()];
    const stranger = await person();
    const theirs = await stranger.open();
    const listed = await ownSessions(await as(a));
    expect(listed).toHaveLength(3);
    expect(listed.filter((one) => one.current).map((one) => one.id)).toEqual([await idOf(a, ctx)]);

    await expect(endSession(await as(a), await idOf(theirs, ctx))).rejects.toMatchObject({ code: "name_unknown" });
    await endSession(await as(a), await idOf(b, ctx));
    await expect(endSession(await as(a), await idOf(b, ctx))).rejects.toMatchObject({ code: "name_unknown" });
    expect(await endOtherSessions(await as(a))).toBe(1);
    expect([await stands(a), await stands(b), await stands(c)]).toEqual([true, false, false]);
    await signOut(await as(a), undefined);
    expect(await stands(a)).toBe(false);
    expect(await stranger.stands(theirs)).toBe(true);
  });

  it("signing out by the refresh token needs no other credential, and is done when it was done", async () => {
    const { open, ctx, stands, refresh } = await person();
    const session = await open();
    await signOut(ctx, session.refreshToken);
    await signOut(ctx, session.refreshToken);
    await signOut(ctx, "nonsense");
    expect(await stands(session)).toBe(false);
    await expect(refresh(session)).rejects.toEqual(refused);
    await expect(signOut(ctx, undefined)).rejects.toEqual(refused);
  });

  it("is forgotten a day later, with the spent tokens", async () => {
    const { user, open, refresh, as, clock, ctx } = await person();
    const ended = await open();
    await refresh(ended);
    const good = await open();
    await endOtherSessions(await as(good));
    const count = () => rows("SELECT id FROM sessions WHERE user_id = ?", user.id);
    clock.now += day - 1;
    await pruneSessions(ctx);
    expect(await count()).toHaveLength(2);
    clock.now += 2;
    await pruneSessions(ctx);
    expect(await count()).toHaveLength(1);
    expect(
      await rows(
        "SELECT t.hash FROM spent_refresh_tokens t LEFT JOIN sessions s ON s.id = t.session_id WHERE s.id IS NULL",
      ),
    ).toEqual([]);
  });
});

it("whatever is refreshed, shown again, ended or signed out in whatever order, an ended session stays ended", async () => {
  const step = fc.record({
    do: fc.constantFrom("refresh", "refresh", "reuse", "twice", "end", "endOthers", "signOut", "open"),
    session: fc.nat(3),
    old: fc.nat(5),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
      const { open, refresh, as, ctx, stands } = await person();
      /** What the world should be: all tokens ever given out for each session, and whether it has ended. */
      const model: { given: OpenedSession[]; ended: boolean }[] = [{ given: [await open()], ended: false }];
      for (const { do: what, session: which, old } of steps) {
        const session = model[which % model.length]!;
        const newest = session.given.at(-1)!;
        if (what === "open") model.push({ given: [await open()], ended: false });
        else if (what === "refresh" || what === "twice") {
          const tries = await Promise.allSettled(
            what === "twice" ? [refresh(newest), refresh(newest)] : [refresh(newest)],
          );
          const won = tries.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
          expect(won).toHaveLength(session.ended ? 0 : 1);
          session.given.push(...won);
          session.ended ||= what === "twice";
        } else if (what === "reuse") {
          const spent = session.given[old % session.given.length]!;
          if (spent === newest) continue;
          await expect(refresh(spent)).rejects.toEqual(refused);
          session.ended = true;
        } else if (what === "signOut") {
          await signOut(ctx, newest.refreshToken);
          session.ended = true;
        } else if (!session.ended) {
          // A session that ended is refused before any verb runs; the tests over HTTP hold that.
          if (what === "end") {
            await endSession(await as(newest), await idOf(newest, ctx));
            session.ended = true;
          } else {
            await endOtherSessions(await as(newest));
            for (const one of model) one.ended ||= one !== session;
          }
        }
        for (const one of model) {
          expect(await stands(one.given.at(-1)!)).toBe(!one.ended);
          if (!one.ended) continue;
          const again = await Promise.allSettled(one.given.slice(-2).map((given) => refresh(given)));
          expect(again.map((outcome) => outcome.status)).not.toContain("fulfilled");
        }
      }
    }),
    { numRuns: 40 },
  );
  expect(await env.DB.prepare("PRAGMA foreign_key_check").all()).toMatchObject({ results: [] });
}, 60_000);
