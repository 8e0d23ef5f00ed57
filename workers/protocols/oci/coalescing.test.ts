import { env, exports } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { memoryOf } from "../../context.ts";
import { type Client, pushBlob, sha256, signUp } from "../../testing/client.ts";

const manifestType = "application/vnd.oci.image.manifest.v1+json";
const crowd = 200;
let client: Client;
let repository: string;
let digest: string;
let blob: string;

beforeEach(async () => {
  client = await signUp();
  repository = client.repository("thing");
  const config = await pushBlob(client, repository, "{}");
  const body = JSON.stringify({ schemaVersion: 2, mediaType: manifestType, config, layers: [] });
  [digest, blob] = [await sha256(body), config.digest];
  await client.send("PUT", `/v2/${repository}/manifests/edge`, { body, headers: { "Content-Type": manifestType } });
  memoryOf(env).reads.forget();
});
afterEach(() => vi.restoreAllMocks());

/** Holds every look-up in D1 until it is let go. */
function holdLookUps() {
  const batch = env.DB.batch.bind(env.DB);
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  const lookUps = vi.spyOn(env.DB, "batch").mockImplementation(async (statements) => {
    await held;
    return batch(statements) as never;
  });
  return { lookUps, letGo };
}

/** A request of its own, as a stranger. */
const ask = (path: string, signal?: AbortSignal) =>
  exports.default.fetch(new Request(`http://registry.test/v2/${repository}/${path}`, signal ? { signal } : {}));

const statusOf = async (response: Response) => {
  await response.arrayBuffer();
  return response.status;
};

const waitFor = (condition: () => boolean) => vi.waitFor(() => expect(condition()).toBe(true), { timeout: 5_000 });

it.each([
  ["a manifest by tag", () => "manifests/edge"],
  ["a manifest by digest", () => `manifests/${digest}`],
  ["a blob", () => `blobs/${blob}`],
  ["the list of tags", () => "tags/list"],
])("many who ask for %s at once cost one look-up", async (_, path) => {
  const { lookUps, letGo } = holdLookUps();
  const asking = Array.from({ length: crowd }, () => ask(path()).then(statusOf));
  await waitFor(() => lookUps.mock.calls.length > 0);
  letGo();
  expect(new Set(await Promise.all(asking))).toEqual(new Set([200]));
  // One; a machine that stands still for a second in between makes it two.
  expect(lookUps.mock.calls.length).toBeLessThanOrEqual(2);
});

it("whoever asked first may go away: the others are answered", async () => {
  const { lookUps, letGo } = holdLookUps();
  const gone = new AbortController();
  const first = ask("manifests/edge", gone.signal).then(statusOf, () => "gone");
  await waitFor(() => lookUps.mock.calls.length > 0);
  const others = Array.from({ length: 20 }, () => ask("manifests/edge").then(statusOf));
  gone.abort();
  expect(await first).toBe("gone");
  letGo();
  expect(new Set(await Promise.all(others))).toEqual(new Set([200]));
});

it("what a member looks up in a private repository answers no stranger who asks at the same time", async () => {
  await client.send("PATCH", `/api/v1/artifacts/${repository}`, {
    body: JSON.stringify({ visibility: "private" }),
    headers: { "Content-Type": "application/json" },
  });
  for (const path of [`manifests/${digest}`, `blobs/${blob}`]) {
    const { lookUps, letGo } = holdLookUps();
    const mine = client.send("GET", `/v2/${repository}/${path}`).then(statusOf);
    await waitFor(() => lookUps.mock.calls.length > 0);
    const strangers = Array.from({ length: 20 }, () => ask(path).then(statusOf));
    letGo();
    expect(await mine).toBe(200);
    expect(new Set(await Promise.all(strangers))).toEqual(new Set([401]));
    vi.restoreAllMocks();
    vi.spyOn(console, "log").mockImplementation(() => undefined);
  }
});
