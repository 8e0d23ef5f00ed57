import { expect, it } from "vitest";
import type { Digest } from "../../core/digests.ts";
import type { Repository } from "../../core/identifiers.ts";
import { DownloadTally } from "./download-tally.ts";

const repository = "users/ann/thing" as Repository;
const digest = (of: number) => `sha256:${of.toString(16).padStart(64, "0")}` as Digest;
const noon = Date.UTC(2026, 9, 20, 12);

it("asks once in a window for somebody to send what it gathers", () => {
  const tally = new DownloadTally({ window: 3_000 });
  expect(tally.add(repository, digest(1), noon)).toBe(3_000);
  for (let i = 0; i < 10; i++) expect(tally.add(repository, digest(1), noon + i)).toBeUndefined();
  const batch = tally.next(noon + 3_000);
  expect(batch?.counts).toEqual([
    { repository, digest: digest(1), day: "2026-10-20", count: 11, lastPulledAt: noon + 9 },
  ]);
  tally.sent(batch!, noon + 3_000);
  expect(tally.next(noon + 3_001)).toBeUndefined();
  expect(tally.add(repository, digest(1), noon + 3_002)).toBe(3_000);
});

it("asks again when the request that was to send was cut off", () => {
  const tally = new DownloadTally({ window: 3_000 });
  tally.add(repository, digest(1), noon);
  expect(tally.add(repository, digest(1), noon + 5_999)).toBeUndefined();
  expect(tally.add(repository, digest(1), noon + 6_000)).toBe(3_000);
});

it("hands a batch to one sender at a time, and again when that one failed or went away", () => {
  const tally = new DownloadTally();
  tally.add(repository, digest(1), noon);
  const batch = tally.next(noon);
  expect(tally.next(noon)).toBeUndefined();
  tally.failed(batch!);
  expect(tally.next(noon)).toBe(batch);
  expect(tally.next(noon + 59_999)).toBeUndefined();
  expect(tally.next(noon + 60_000)).toBe(batch);
});

it("keeps days apart at midnight UTC", () => {
  const tally = new DownloadTally();
  const midnight = Date.UTC(2026, 9, 21);
  for (const at of [midnight - 1, midnight, midnight + 1]) tally.add(repository, digest(1), at);
  expect(tally.next(midnight)?.counts.map(({ day, count }) => [day, count])).toEqual([
    ["2026-10-20", 1],
    ["2026-10-21", 2],
  ]);
});

it("closes a batch that is large enough for a message of the queue, and wants it sent at once", () => {
  const longest = `users/${"h".repeat(39)}/${"n".repeat(128)}` as Repository;
  const tally = new DownloadTally();
  const answers = Array.from({ length: 200 }, (_, i) =>
    tally.add(longest, `sha512:${i.toString(16).padStart(128, "0")}` as Digest, noon),
  );
  expect(answers[0]).toBe(3_000);
  expect(answers.slice(1, -1).every((answer) => answer === undefined)).toBe(true);
  expect(answers.at(-1)).toBe(0);
  const batch = tally.next(noon);
  expect(batch?.counts).toHaveLength(200);
  expect(JSON.stringify(batch).length).toBeLessThan(120_000);
});

it("gives up the oldest when the queue takes nothing for long, and says how many", () => {
  const tally = new DownloadTally();
  for (let i = 0; i < 60 * 200; i++) tally.add(repository, digest(i), noon);
  let kept = 0;
  for (let batch = tally.next(noon); batch; batch = tally.next(noon)) kept += batch.counts.length;
  expect([kept, tally.takeDropped(), tally.takeDropped()]).toEqual([50 * 200, 10 * 200, 0]);
});

it("knows what may still be on its way when the machine stops", () => {
  const tally = new DownloadTally({ remembersSent: true });
  const send = (at: number) => {
    tally.add(repository, digest(at), noon + at);
    const batch = tally.next(noon + at)!;
    tally.sent(batch, noon + at);
    return batch.id;
  };
  const old = send(0);
  const lately = send(70_000);
  tally.add(repository, digest(2), noon + 70_001);
  const all = tally.takeAll();
  expect(all.map(({ id }) => id)).not.toContain(old);
  expect(all.map(({ id }) => id)).toContain(lately);
  expect(all.flatMap(({ counts }) => counts)).toHaveLength(2);
  expect(tally.takeAll()).toEqual([]);
});
