import { beforeEach, expect, it } from "vitest";
import type { NamespacePath, Repository } from "../../core/identifiers.ts";
import { PublicReads } from "./public-reads.ts";

const thing = "users/ann/thing" as Repository;
const other = "users/ann/other" as Repository;
const foreign = "users/anna/thing" as Repository;

let now: number;
let reads: PublicReads;
beforeEach(() => {
  now = 1_000;
  reads = new PublicReads({ now: () => now });
});

const afterwards = () => undefined;
const question = (repository = thing, key = "tags") => ({ repository, key, afterwards });

/** Loads that count themselves, so that an answer tells when it was loaded. */
function counting(isPublic = true) {
  let loads = 0;
  return Object.assign(async () => ({ isPublic, load: ++loads }), { times: () => loads });
}

/** A load that ends when the test says so. */
function pending(isPublic = true) {
  const { promise, resolve, reject } = Promise.withResolvers<{ isPublic: boolean; load: string }>();
  return {
    load: () => promise,
    answer: () => resolve({ isPublic, load: "first" }),
    fail: () => reject(new Error("gone")),
  };
}

it("what strangers may read is loaded once, until something changes", async () => {
  const load = counting();
  for (let i = 0; i < 3; i++) expect((await reads.through(question(), load)).load).toBe(1);
  reads.forget();
  expect((await reads.through(question(), load)).load).toBe(2);
});

it("what is private is loaded every time", async () => {
  const load = counting(false);
  expect((await reads.through(question(), load)).load).toBe(1);
  expect((await reads.through(question(), load)).load).toBe(2);
});

it("nothing is older than two seconds, counted from when its look-up began", async () => {
  const load = counting();
  await reads.through(question(), async () => {
    now += 1_500;
    return load();
  });
  now += 500;
  expect((await reads.through(question(), load)).load).toBe(1);
  now += 1;
  expect((await reads.through(question(), load)).load).toBe(2);
});

it("what was being read while something changed is answered, but not remembered", async () => {
  const load = counting();
  for (const changed of [undefined, thing, "users/ann" as NamespacePath]) {
    const before = load.times();
    const reading = reads.through(question(), async () => {
      const answer = await load();
      reads.forget(changed);
      return answer;
    });
    expect((await reading).load).toBe(before + 1);
    expect((await reads.through(question(), load)).load).toBe(before + 2);
    reads.forget();
  }
});

it("a failure is not remembered", async () => {
  await expect(reads.through(question(), () => Promise.reject(new Error("gone")))).rejects.toThrow("gone");
  expect((await reads.through(question(), counting())).load).toBe(1);
});

it("repositories and keys do not mix", async () => {
  const load = counting();
  await reads.through(question(), load);
  expect((await reads.through(question(other), load)).load).toBe(2);
  expect((await reads.through(question(thing, "other"), load)).load).toBe(3);
});

it("a change makes forget what it touches, and nothing else", async () => {
  const loads = new Map([thing, other, foreign].map((repository) => [repository, counting()]));
  const loaded = async () => {
    for (const [repository, load] of loads)
      for (const key of ["tags", "a"]) await reads.through(question(repository, key), load);
    return [...loads.values()].map((load) => load.times());
  };
  expect(await loaded()).toEqual([2, 2, 2]);
  reads.forget(thing);
  expect(await loaded()).toEqual([4, 2, 2]);
  reads.forget("users/ann" as NamespacePath);
  expect(await loaded()).toEqual([6, 4, 2]);
  reads.forget("users/nobody" as NamespacePath);
  expect(await loaded()).toEqual([6, 4, 2]);
  reads.forget();
  expect(await loaded()).toEqual([8, 6, 4]);
});

it("many changes elsewhere do not let an outdated answer in", async () => {
  const load = counting();
  await reads.through(question(), async () => {
    const answer = await load();
    reads.forget(thing);
    for (let i = 0; i < 1_500; i++) reads.forget(`users/other-${i}/thing` as Repository);
    return answer;
  });
  expect((await reads.through(question(), load)).load).toBe(2);
});

it("of many who ask at once one looks up, and goes on when it is left alone", async () => {
  const kept: Promise<unknown>[] = [];
  const first = pending();
  const never = counting();
  const ask = (load: () => Promise<{ isPublic: boolean; load: unknown }>) =>
    reads.through({ ...question(), afterwards: (work) => void kept.push(work) }, load);
  const asking = [ask(first.load), ...Array.from({ length: 199 }, () => ask(never))];
  expect(kept).toHaveLength(1);
  first.answer();
  expect(new Set((await Promise.all(asking)).map(({ load }) => load))).toEqual(new Set(["first"]));
  expect([never.times(), kept.length]).toEqual([0, 1]);
  await Promise.all(kept);
});

it("what is private is told to nobody but who looked it up", async () => {
  const first = pending(false);
  const mine = reads.through(question(), first.load);
  const strangers = Array.from({ length: 3 }, () =>
    reads.through(question(), () => Promise.reject(new Error("unseen"))),
  );
  first.answer();
  expect((await mine).load).toBe("first");
  for (const { status, ...rest } of await Promise.allSettled(strangers))
    expect([status, rest]).toEqual(["rejected", { reason: new Error("unseen") }]);
});

it("a failure is told to nobody but who looked it up", async () => {
  const first = pending();
  const load = counting();
  const failing = reads.through(question(), first.load);
  const others = [reads.through(question(), load), reads.through(question(), load)];
  first.fail();
  await expect(failing).rejects.toThrow("gone");
  expect((await Promise.all(others)).every(({ isPublic }) => isPublic)).toBe(true);
});

it("whoever asks after a change does not wait for what began before it", async () => {
  const first = pending();
  const before = reads.through(question(), first.load);
  reads.forget(thing);
  const load = counting();
  expect((await reads.through(question(), load)).load).toBe(1);
  first.answer();
  expect((await before).load).toBe("first");
  expect((await reads.through(question(), load)).load).toBe(1);
});

it("a look-up that was cut off holds nobody up for long, and those who waited gather around the next", async () => {
  const lost = reads.through(question(), () => new Promise<never>(() => undefined));
  const load = counting();
  const waiting = Array.from({ length: 50 }, () => reads.through(question(), load));
  now += 1_000;
  expect(new Set((await Promise.all(waiting)).map((answer) => answer.load))).toEqual(new Set([1]));
  expect(load.times()).toBe(1);
  expect((await reads.through(question(), load)).load).toBe(1);
  void lost;
});
