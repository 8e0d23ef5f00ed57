import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeEach, expect, it, vi } from "vitest";
import type { Digest } from "../core/digests.ts";
import type { Repository } from "../core/identifiers.ts";
import { DownloadTally } from "../workers/cache/download-tally.ts";
import { freshNamespace, publication, rows, withoutTable } from "../workers/testing/graph.ts";
import { queue } from "./index.ts";
import type { DownloadsMessage } from "./messages.ts";

const noon = Date.UTC(2026, 9, 20, 12);
let repository: Repository;
let digest: Digest;

beforeEach(async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  const { origin, run } = await freshNamespace();
  const published = await publication("{}", { labels: ["edge"] });
  await run("publishManifest", published);
  repository = `${origin.namespace}/thing` as Repository;
  digest = published.manifest.digest;
});

function message(count: number, more: Partial<DownloadsMessage["counts"][number]> = {}): DownloadsMessage {
  return {
    version: 1,
    id: crypto.randomUUID(),
    counts: [{ repository, digest, day: "2026-10-20", count, lastPulledAt: noon, ...more }],
  };
}

/** Delivers messages in one batch; tells which were accepted and which shall come again. */
const deliver = (...bodies: unknown[]) => deliverAgain(1, ...bodies);

async function deliverAgain(attempts: number, ...bodies: unknown[]) {
  const messages = bodies.map((body, i) => ({ id: `message-${i}`, timestamp: noon, attempts, body }));
  const batch = createMessageBatch("gati-downloads-test", messages);
  const ctx = createExecutionContext();
  await queue(batch, env);
  const { explicitAcks, retryMessages } = await getQueueResult(batch, ctx);
  return { accepted: explicitAcks.length, again: retryMessages.length };
}

const counted = async () =>
  rows<{ total: number; last: number; days: number }>(
    `SELECT t.total, t.last_pulled_at AS last, (SELECT sum(total) FROM download_days d WHERE d.artifact_id = t.artifact_id) AS days
     FROM download_totals t JOIN artifacts a ON a.id = t.artifact_id WHERE a.repository = ?`,
    repository,
  );

/** Runs `work` and returns the events that it logged as errors or warnings. */
async function logged(work: () => Promise<unknown>): Promise<string[]> {
  const events: string[] = [];
  const keep = (line: string) => void events.push((JSON.parse(line) as { event: string }).event);
  const spies = [
    vi.spyOn(console, "error").mockImplementation(keep),
    vi.spyOn(console, "warn").mockImplementation(keep),
  ];
  await work();
  for (const spy of spies) spy.mockRestore();
  return events;
}

it("adds up what different isolates counted, whatever the order, and keeps the last pull", async () => {
  const delivered = await deliver(
    message(2, { lastPulledAt: noon + 5 }),
    message(3, { lastPulledAt: noon - 5 }),
    message(4, { day: "2026-10-19", lastPulledAt: noon - 86_400_000 }),
  );
  expect(delivered).toEqual({ accepted: 3, again: 0 });
  expect(await counted()).toEqual([{ total: 9, last: noon + 5, days: 9 }]);
  expect(await rows("SELECT day, total FROM download_days ORDER BY day")).toEqual(
    expect.arrayContaining([
      { day: "2026-10-19", total: 4 },
      { day: "2026-10-20", total: 5 },
    ]),
  );
});

it("counts a message once, however often it is delivered", async () => {
  const [first, second] = [message(2), message(3)];
  await deliver(first, first);
  await deliver(second, first);
  expect(await deliver(first, second)).toEqual({ accepted: 2, again: 0 });
  expect(await counted()).toMatchObject([{ total: 5, days: 5 }]);
});

it("takes a message again that D1 did not, and counts it then", async () => {
  const late = message(2);
  let refused;
  const events = await logged(async () => {
    refused = await withoutTable("download_days", () => deliver(late));
  });
  expect(refused).toEqual({ accepted: 0, again: 1 });
  expect(await counted()).toEqual([]);
  expect(events).toEqual([]);
  await deliver(late);
  expect(await counted()).toMatchObject([{ total: 2, days: 2 }]);
});

it.each([
  ["no object", "nonsense"],
  ["a version that is not known here", { ...message1(), version: 2 }],
  ["a negative count", { ...message1(), counts: [{ ...message1().counts[0], count: -5 }] }],
  ["something that is no day", { ...message1(), counts: [{ ...message1().counts[0], day: "2026-13-01" }] }],
])("leaves a message with %s to the dead letters, says so, and works on the others", async (_, poison) => {
  let delivered;
  const events = await logged(async () => {
    delivered = await deliver(poison, message(1));
  });
  expect(delivered).toEqual({ accepted: 1, again: 1 });
  expect(events).toEqual(["queue.unreadable"]);
  expect(await counted()).toMatchObject([{ total: 1 }]);
});

function message1(): DownloadsMessage {
  const one = { digest: `sha256:${"0".repeat(64)}`, day: "2026-10-20", count: 1, lastPulledAt: noon };
  return {
    version: 1,
    id: "0b7c1f0e-4a6d-4c53-9a37-0d8f0a6e1f11",
    counts: [{ repository: "users/ann/thing", ...one }],
  };
}

it("waits for an artifact that is not here, and leaves its counts out in the end", async () => {
  const mixed = message(2);
  mixed.counts.push({ ...mixed.counts[0]!, repository: "users/nobody/nothing" });
  expect(await logged(() => deliver(mixed))).toEqual(["queue.failed"]);
  expect(await counted()).toEqual([]);
  expect(await logged(() => deliverAgain(4, mixed))).toEqual(["downloads.unknown_artifact"]);
  expect(await counted()).toMatchObject([{ total: 2, days: 2 }]);
});

it("counts what was pulled while its namespace was projected anew", async () => {
  const pulled = message(3);
  await env.DB.prepare("UPDATE artifacts SET repository = 'away' WHERE repository = ?").bind(repository).run();
  expect(await logged(() => deliver(pulled))).toEqual(["queue.failed"]);
  await env.DB.prepare("UPDATE artifacts SET repository = ? WHERE repository = 'away'").bind(repository).run();
  expect(await deliverAgain(2, pulled)).toEqual({ accepted: 1, again: 0 });
  expect(await counted()).toMatchObject([{ total: 3 }]);
});

/** What may happen to the batches of several isolates between being counted and being added. */
const history = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ pull: fc.nat(2), at: fc.nat(3 * 86_400_000) }) },
    { weight: 2, arbitrary: fc.record({ send: fc.nat(2), lost: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ deliver: fc.array(fc.nat(20), { maxLength: 4 }) }) },
  ),
  { maxLength: 40 },
);

it("property: whatever is sent twice, delivered twice or late, every pull is counted exactly once", async () => {
  let before = 0;
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      const isolates = [0, 1, 2].map(() => new DownloadTally());
      const inQueue: DownloadsMessage[] = [];
      let pulls = 0;
      /** An answer of the queue may be lost after it took the message. */
      const send = (tally: DownloadTally, lost: boolean) => {
        for (let batch = tally.next(0); batch; batch = tally.next(0)) {
          inQueue.push({ version: 1, id: batch.id, counts: [...batch.counts] });
          if (lost) return tally.failed(batch);
          tally.sent(batch, 0);
        }
      };
      for (const step of steps) {
        if ("pull" in step) {
          isolates[step.pull]?.add(repository, digest, noon + step.at);
          pulls += 1;
        } else if ("send" in step) send(isolates[step.send]!, step.lost);
        else await deliver(...step.deliver.flatMap((index) => inQueue[index] ?? []));
      }
      for (const tally of isolates) send(tally, false);
      await deliver(...inQueue.toReversed());
      const [row] = await counted();
      expect([row?.total ?? 0, row?.days ?? 0]).toEqual([before + pulls, before + pulls]);
      before += pulls;
    }),
    { numRuns: 60 },
  );
});
