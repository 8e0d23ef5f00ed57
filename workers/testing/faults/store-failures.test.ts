import { runDurableObjectAlarm } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { checkObjects } from "../../domains/integrity/check-objects.ts";
import type { Env } from "../../env.ts";
import { blobStoreOf } from "../../storage/index.ts";
import { isManifestKey, uploadOfKey } from "../../storage/paths.ts";
import { failingEnv } from "./failing-env.ts";
import { FaultPlan, type Moment } from "./fault-plan.ts";
import { observe, ownerless, unreadable } from "./observe.ts";
import { type Operation, operations } from "./operations.ts";
import { Scene } from "./scene.ts";

const plan = new FaultPlan();
const stores: Record<string, Env> = {
  bucket: failingEnv(env, plan),
  disk: failingEnv({ ...env, DISK: env.TEST_DISK }, plan),
};
const password = "correct horse battery";
const handle = "faulty";
let token: string;
let operator: string;
let scenes = 0;

async function post<T>(path: string, body: object, bearer?: string): Promise<T> {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (bearer) headers["Authorization"] = `Bearer ${bearer}`;
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  const response = await exports.default.fetch(new Request(`http://registry.test/api/v1/${path}`, init));
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return response.json<T>();
}

beforeAll(async () => {
  for (const stream of ["log", "error"] as const) vi.spyOn(console, stream).mockImplementation(() => undefined);
  const account = { handle: "faulty-operator", password };
  await post("setup", account, env.GATI_SETUP_TOKEN);
  operator = (await post<{ token: string }>("auth/sign-in", account)).token;
  token = (await post<{ token: string }>("auth/sign-up", { handle, password })).token;
});

interface Course {
  /** What was to be seen before the first call and after each. */
  readonly states: readonly string[];
  /** Objects that nothing owns any more, beside those from before. */
  readonly left: readonly string[];
}

/** Lets a day pass for an upload and its alarm ring. */
async function expire(upload: string): Promise<void> {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 25 * 60 * 60 * 1000 });
  await runDurableObjectAlarm(env.UPLOADS.get(env.UPLOADS.idFromName(upload)));
  vi.useRealTimers();
}

/** An upload that was given up deletes what it stored. */
async function expireUploads(keys: readonly string[]): Promise<void> {
  for (const id of new Set(keys.map(uploadOfKey))) if (id !== undefined) await expire(id);
}

/** Has the consistency check give to the collector what is left; returns what it did not take. */
async function repair(store: string, left: readonly string[]): Promise<string[]> {
  if (left.length === 0) return [];
  const blobs = blobStoreOf(stores[store] as Env);
  const upload = (id: string) => env.UPLOADS.get(env.UPLOADS.idFromName(id));
  const parts = { db: env.DB, blobs, upload, now: () => Date.now() + 2 * 60 * 60 * 1000 };
  await checkObjects(parts, "manifests", "", { repair: true, deep: false, unsettled: false });
  const rest = await ownerless(blobs);
  return left.filter((key) => rest.has(key));
}

/** Runs the operation, once without a fault or with one, in a scene of its own. */
async function play(
  operation: Operation,
  store: string,
  fault?: { k: number; moment: Moment; undisturbed: Course },
): Promise<Course & { failed: string | undefined }> {
  const environment = stores[store] as Env;
  const blobs = blobStoreOf(environment);
  const states: string[] = [];
  const judge = async (scene: Scene) => {
    expect(await unreadable(scene)).toEqual([]);
    // As it was before the call that failed, or as it is after it: nothing in between.
    expect(fault?.undisturbed.states.slice(scene.done, scene.done + 2)).toContain(await observe(scene));
  };
  scenes += 1;
  const scene = new Scene({ env: environment, plan, token, operator, handle, name: `scene-${scenes}` }, judge);
  await operation.prepare?.(scene);
  scene.done = 0;
  const before = await ownerless(blobs);
  states.push(await observe(scene));
  if (fault) plan.arm(fault.k, fault.moment);
  else scene.answered = async () => void states.push(await observe(scene));
  await operation.run(scene);
  const failed = plan.disarm();
  if (fault) states.push(await observe(scene));
  expect(await unreadable(scene)).toEqual([]);
  const fresh = async () => [...(await ownerless(blobs))].filter((key) => !before.has(key));
  await expireUploads(await fresh());
  return { states, left: await fresh(), failed };
}

/**
 * What may be left behind when a graph, or its projection, gives no answer: the bytes of a manifest of which nobody can
 * tell whether the graph took them. The consistency check finds them.
 */
function isUndecidable(failed: string | undefined, key: string): boolean {
  return (failed === "namespace graph run" || failed === "D1 batch") && isManifestKey(key);
}

/** A read has no effect: whether it fails before or after it makes no difference. */
const isRead = (call: string): boolean => /^(D1 (raw|all|first)|R2 (get|head|list))$/.test(call);

describe.each(Object.keys(stores))(
  "whichever call fails, it is told, nothing is half done, repeating helps: %s",
  (store) => {
    const chosen = operations.filter(({ moves }) => store === "bucket" || moves);
    it.each(chosen.map((operation) => [operation.name, operation] as const))(
      "%s",
      async (_, operation) => {
        const undisturbed = await play(operation, store);
        expect(undisturbed.left).toEqual([]);
        const calls: string[] = [];
        const cut = async (k: number, moment: Moment): Promise<string | undefined> => {
          const { failed, states, left } = await play(operation, store, { k, moment, undisturbed });
          const what = `call ${k}, ${failed} (${moment})`;
          expect([what, states.at(-1)]).toEqual([what, undisturbed.states.at(-1)]);
          expect([what, left.filter((key) => !isUndecidable(failed, key))]).toEqual([what, []]);
          expect(await repair(store, left)).toEqual([]);
          return failed;
        };
        for (let failed = await cut(1, "before"); failed; failed = await cut(calls.length + 1, "before"))
          calls.push(failed);
        for (const [index, call] of calls.entries()) {
          if (!isRead(call)) await cut(index + 1, "after");
        }
      },
      60_000,
    );
  },
);

describe.each(Object.keys(stores))("an upload that nobody finishes: %s", (store) => {
  it.each(["before", "after"] as const)("expires although the store fails (%s)", async (moment) => {
    const environment = stores[store] as Env;
    for (let k = 1; ; k++) {
      scenes += 1;
      const parts = { env: environment, plan, token, operator, handle, name: `abandoned-${scenes}` };
      const scene = new Scene(parts, () => Promise.resolve());
      const path = `/v2/${scene.repository}/blobs/uploads/`;
      const location = (await scene.call("POST", path, { status: 202 })).headers.get("location") ?? "";
      await scene.chunk(location, "never finished", 0, true);
      const upload = /[0-9a-f-]{36}/.exec(location)?.[0] ?? "";
      plan.arm(k, moment);
      await expire(upload);
      const failed = plan.disarm();
      if (failed) await expire(upload);
      const stored = [...(await ownerless(blobStoreOf(environment)))].filter((key) => uploadOfKey(key) === upload);
      expect([failed, stored]).toEqual([failed, []]);
      // Its first address would begin it anew for as long as its seal holds; the clock stands still here.
      expect((await scene.send("GET", path + upload, {})).status).toBe(404);
      if (!failed) break;
    }
  });
});
