import fc from "fast-check";
import { expect, it } from "vitest";
import { revocationBound, RevokedSessions } from "./revoked-sessions.ts";

/** A registry's sessions with a clock of their own, and how often an isolate asks for them. */
function scene() {
  const ended = new Map<string, number>();
  let now = 1_000_000;
  const asked = { lists: 0, single: 0 };
  let failing = false;
  const work: Promise<unknown>[] = [];
  const isolate = new RevokedSessions();
  const source = {
    now: () => now,
    async ended(limit: number) {
      asked.lists++;
      if (failing) throw new Error("D1 is away");
      return [...ended.keys()].slice(0, limit);
    },
    async isGood(id: string) {
      asked.single++;
      return !ended.has(id);
    },
    afterwards: (one: Promise<unknown>) => void work.push(one.catch(() => undefined)),
  };
  return {
    asked,
    end: (id: string) => void ended.set(id, now),
    endHere: (id: string) => {
      ended.set(id, now);
      isolate.add(id, now);
    },
    pass: (ms: number) => void (now += ms),
    fail: (on: boolean) => void (failing = on),
    refused: (id: string, exact = false) => isolate.includes(id, source, exact),
    settle: () => Promise.all(work.splice(0)),
    endedAt: (id: string) => ended.get(id),
    now: () => now,
  };
}

it("a busy isolate asks twice a minute for all sessions together, and no reader waits for it", async () => {
  const { asked, refused, pass, settle } = scene();
  for (let i = 0; i < 600; i++) {
    expect(await refused(`session-${i % 50}`)).toBe(false);
    await settle();
    pass(100);
  }
  expect(asked).toEqual({ lists: 2, single: 0 });
});

it("what ended here is refused at once, what ended elsewhere within the bound, and exactly at once everywhere", async () => {
  const { refused, pass, end, endHere, settle } = scene();
  expect(await refused("a")).toBe(false);
  endHere("a");
  expect(await refused("a")).toBe(true);
  end("b");
  expect(await refused("b")).toBe(false);
  expect(await refused("b", true)).toBe(true);
  pass(revocationBound);
  expect(await refused("b")).toBe(true);
  pass(40_000);
  expect(await refused("a")).toBe(true);
  await settle();
  expect(await refused("a")).toBe(true);
});

it("fails rather than trusts when the list is older than the bound and cannot be read", async () => {
  const { refused, pass, fail, settle } = scene();
  await refused("a");
  fail(true);
  pass(revocationBound - 1);
  expect(await refused("a")).toBe(false);
  await settle();
  pass(1);
  await expect(refused("a")).rejects.toThrow("away");
  fail(false);
  expect(await refused("a")).toBe(false);
});

it("looks each session up when more ended than a list holds", async () => {
  const { refused, end, asked } = scene();
  for (let i = 0; i < 5_002; i++) end(`old-${i}`);
  expect(await refused("old-5001")).toBe(true);
  expect(await refused("fresh")).toBe(false);
  expect(asked).toEqual({ lists: 1, single: 2 });
});

it("whatever happens when, no session passes that ended longer ago than the bound", async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 50_000 }) }),
    fc.record({
      do: fc.constantFrom("end" as const, "endHere" as const, "ask" as const),
      id: fc.constantFrom("a", "b", "c"),
    }),
    fc.record({ do: fc.constant("settle" as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const world = scene();
      for (const one of steps) {
        if (one.do === "pass") world.pass(one.ms);
        else if (one.do === "settle") await world.settle();
        else if (one.do === "ask") {
          const at = world.endedAt(one.id);
          const refused = await world.refused(one.id);
          if (at === undefined) expect(refused).toBe(false);
          else if (world.now() - at >= revocationBound) expect(refused).toBe(true);
        } else if (world.endedAt(one.id) === undefined) world[one.do](one.id);
      }
    }),
    { numRuns: 300 },
  );
});
