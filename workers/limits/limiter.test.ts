import { env } from "cloudflare:workers";
import { runDurableObjectAlarm } from "cloudflare:test";
import { expect, it } from "vitest";
import { assertTaken, Limiter } from "./limiter.ts";
import { parsePolicies } from "./policies.ts";

const open = (limits: string) => new Limiter(parsePolicies(limits), env.COUNTERS);

it("counts exactly across isolates, however many calls come at once", async () => {
  const isolates = [open("publish=1/1h:25"), open("publish=1/1h:25"), open("publish=1/1h:25")];
  const calls = Array.from({ length: 90 }, (_, i) => isolates[i % 3]?.take("publish", "user:a"));
  const taken = await Promise.all(calls);
  expect(taken.filter((one) => one?.allowed)).toHaveLength(25);
  expect((await open("publish=1/1h:25").take("publish", "user:b"))?.allowed).toBe(true);
});

it("counts callers and policies apart, in the isolate too", () => {
  const limiter = open("read=1/1h:2 write=1/1h:1");
  const allowed = (policy: "read" | "write", caller: string) => limiter.takeHere(policy, caller)?.allowed;
  expect([allowed("read", "a"), allowed("read", "a"), allowed("read", "a")]).toEqual([true, true, false]);
  expect([allowed("read", "b"), allowed("write", "a"), allowed("write", "a")]).toEqual([true, true, false]);
});

it("looking counts for nothing, a refund takes one call back", async () => {
  const limiter = open("sign-in=1/1h:2");
  const look = async () => (await limiter.take("sign-in", "x", 0))?.remaining;
  expect([await look(), await look()]).toEqual([2, 2]);
  await limiter.take("sign-in", "x");
  await limiter.take("sign-in", "x");
  expect((await limiter.take("sign-in", "x"))?.allowed).toBe(false);
  await limiter.refund("sign-in", "x");
  expect(await look()).toBe(1);
});

it("a policy that is off counts nothing", async () => {
  const limiter = open("off");
  expect(limiter.takeHere("read", "a")).toBeUndefined();
  expect(await limiter.take("publish", "a")).toBeUndefined();
  expect(() => assertTaken(undefined)).not.toThrow();
});

it("a refusal tells how long to wait, in whole seconds", async () => {
  const limiter = open("publish=6/1m:1");
  await limiter.take("publish", "z");
  const refused = await limiter.take("publish", "z");
  expect(() => assertTaken(refused)).toThrow(
    expect.objectContaining({ code: "rate_limited", details: expect.objectContaining({ retryAfter: 10 }) }),
  );
});

it("keeps nothing of a caller whose calls are worked off", async () => {
  const limiter = open("publish=1000/1s:1000");
  await limiter.take("publish", "gone");
  await scheduler.wait(20);
  const stub = env.COUNTERS.get(env.COUNTERS.idFromName("publish gone"));
  await runDurableObjectAlarm(stub);
  expect((await limiter.take("publish", "gone", 0))?.remaining).toBe(1000);
});
