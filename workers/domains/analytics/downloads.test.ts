import { env } from "cloudflare:workers";
import { beforeAll, expect, it, vi } from "vitest";
import type { Digest } from "../../../core/digests.ts";
import type { Repository } from "../../../core/identifiers.ts";
import type { DownloadsMessage } from "../../../queues/messages.ts";
import { DownloadTally } from "../../cache/download-tally.ts";
import { memoryOf } from "../../context.ts";
import { scheduled } from "../../scheduled.ts";
import { type Client, pushBlob, sha256, signUp } from "../../testing/client.ts";
import { rows } from "../../testing/graph.ts";
import { addDownloads } from "./store.ts";
import { sendDownloads } from "./send-downloads.ts";

const manifestType = "application/vnd.oci.image.manifest.v1+json";
let client: Client;
let repository: Repository;
let digest: Digest;

beforeAll(async () => {
  client = await signUp();
  repository = client.repository("thing") as Repository;
  const config = await pushBlob(client, repository, "{}");
  const layer = await pushBlob(client, repository, "the content");
  const body = JSON.stringify({ schemaVersion: 2, mediaType: manifestType, config, layers: [layer] });
  digest = await sha256(body);
  const headers = { "Content-Type": manifestType };
  await client.send("PUT", `/v2/${repository}/manifests/1.0.0`, { body, headers });
});

/** What the worker itself has counted and not sent since the last look. */
function tallied(): [string, number][] {
  const counts = memoryOf(env)
    .downloads.takeAll()
    .flatMap((batch) => batch.counts);
  return counts.map((one) => [`${one.repository}@${one.digest}`, one.count]);
}

const manifest = (reference: string) => `/v2/${repository}/manifests/${reference}`;
const download = () => `/api/v1/artifacts/${repository}/versions/1.0.0/download`;

async function get(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<number> {
  const response = await client.send(method, path, { headers });
  await response.arrayBuffer();
  return response.status;
}

it("counts manifests by tag and digest and the content of a version, by the manifest's digest", async () => {
  tallied();
  expect([await get(manifest("1.0.0")), await get(manifest(digest)), await get(download())]).toEqual([200, 200, 200]);
  expect(await get(download(), { Range: "bytes=0-3" })).toBe(206);
  expect(tallied()).toEqual([[`${repository}@${digest}`, 4]]);
});

it("counts neither HEAD nor 304 nor what failed nor the rest of a download that was interrupted", async () => {
  tallied();
  for (const path of [manifest("1.0.0"), manifest(digest), download()]) expect(await get(path, {}, "HEAD")).toBe(200);
  expect(await get(manifest("1.0.0"), { "If-None-Match": `"${digest}"` })).toBe(304);
  expect(await get(download(), { "If-None-Match": "*" })).toBe(304);
  expect(await get(manifest("2.0.0"))).toBe(404);
  expect(await get(download(), { Range: "bytes=100-" })).toBe(416);
  expect(await get(download(), { Range: "bytes=4-" })).toBe(206);
  expect(tallied()).toEqual([]);
});

/** A queue that fails as often as it is told, and what it took. */
function fakeQueue(failures: number) {
  const taken: DownloadsMessage[] = [];
  const send = async (message: DownloadsMessage) => {
    if (failures-- > 0) throw new Error("the queue is full");
    taken.push(message);
  };
  return { taken, queue: { send } as unknown as Queue<DownloadsMessage> };
}

it("keeps what the queue refused, says so, and sends it later under the same id with what came since", async () => {
  const downloads = new DownloadTally();
  const { taken, queue } = fakeQueue(1);
  const error = vi.fn();
  const log = { info: vi.fn(), warn: vi.fn(), error };
  const send = () => sendDownloads({ downloads, downloadQueue: queue, log, now: () => Date.now() });
  downloads.add(repository, digest, 1_000);
  expect(await send()).toBe(false);
  expect(error.mock.calls.map(([event]) => event)).toEqual(["downloads.send_failed"]);
  const [, , { batch }] = error.mock.calls[0] as [string, Error, { batch: string }];
  downloads.add(repository, digest, 2_000);
  expect(await send()).toBe(true);
  expect(taken.map(({ counts }) => counts.map(({ count }) => count))).toEqual([[1], [1]]);
  expect(taken[0]?.id).toBe(batch);
  expect(await send()).toBe(true);
  expect(taken).toHaveLength(2);
});

const json = async <T>(path: string, as = client) => (await as.send("GET", path)).json<T>();
const api = () => `/api/v1/artifacts/${repository}`;
const today = () => new Date().toISOString().slice(0, 10);

async function add(count: number, day = today()): Promise<void> {
  const counts = [{ repository, digest, day, count, lastPulledAt: Date.now() }];
  await addDownloads(env.DB, { id: crypto.randomUUID(), counts }, Date.now(), true);
}

it("shows the downloads of an artifact, of its versions and by day", async () => {
  const [yesterday, longAgo] = [1, 40].map((days) =>
    new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10),
  );
  await add(5);
  await add(2, yesterday);
  await add(3, longAgo);
  expect(await json(api())).toMatchObject({ downloads: 10 });
  expect(await json(`${api()}/versions`)).toMatchObject({ versions: [{ version: "1.0.0", downloads: 10 }] });
  expect(await json(`${api()}/versions/1.0.0`)).toMatchObject({ downloads: 10 });
  const series = await json<{ total: number; days: { day: string; downloads: number }[] }>(`${api()}/downloads`);
  expect([series.total, series.days.length]).toEqual([7, 30]);
  expect(series.days.slice(-2)).toEqual([
    { day: yesterday, downloads: 2 },
    { day: today(), downloads: 5 },
  ]);
  expect(await json(`${api()}/downloads?days=60&version=1.0.0`)).toMatchObject({ total: 10 });
  expect(await json(`${api()}/downloads?days=7&version=9.9.9`)).toMatchObject({ total: 0 });
  const page = await (await client.send("GET", `/${repository}`)).text();
  expect(page).toContain("10 downloads");
});

it("tells nobody but those who may read a private artifact how often it was pulled", async () => {
  const other = await signUp();
  await client.send("PATCH", api(), {
    body: JSON.stringify({ visibility: "private" }),
    headers: { "Content-Type": "application/json" },
  });
  for (const path of [api(), `${api()}/downloads`]) {
    expect((await client.send("GET", path)).status).toBe(200);
    const [unseen, missing] = await Promise.all([
      other.send("GET", path),
      other.send("GET", path.replace("/thing", "/nothing")),
    ]);
    expect([unseen.status, missing.status]).toEqual([404, 404]);
  }
});

it("records what it has when the one-machine server stops, also what it sent lately, once", async () => {
  const tally = memoryOf(env).downloads;
  tallied();
  const total = async () =>
    (await rows<{ total: number }>("SELECT sum(total) AS total FROM download_totals"))[0]?.total ?? 0;
  const before = await total();
  for (let i = 0; i < 7; i++) tally.add(repository, digest, Date.now());
  await scheduled({ cron: "@stop" }, env);
  await scheduled({ cron: "@stop" }, env);
  expect(await total()).toBe(before + 7);
});

it("forgets batches and days by schedule when they are old enough, and never totals", async () => {
  const old = Date.now() - 31 * 86_400_000;
  const counts = [{ repository, digest, day: "2020-01-01", count: 1, lastPulledAt: old }];
  const ids = [crypto.randomUUID(), crypto.randomUUID()];
  await addDownloads(env.DB, { id: ids[0]!, counts }, old, true);
  await addDownloads(env.DB, { id: ids[1]!, counts }, Date.now(), true);
  const [before] = await rows("SELECT total FROM download_totals WHERE digest = ?", digest);
  await scheduled({ cron: "17 * * * *" }, env);
  expect(await rows("SELECT id FROM download_batches WHERE id IN (?, ?)", ...ids)).toEqual([{ id: ids[1] }]);
  expect(await rows("SELECT 1 FROM download_days WHERE day = '2020-01-01'")).toEqual([]);
  expect(await rows("SELECT total FROM download_totals WHERE digest = ?", digest)).toEqual([before]);
});
