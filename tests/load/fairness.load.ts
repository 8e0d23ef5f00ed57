import { afterAll, beforeAll, expect, it } from "vitest";
import { RestartableRegistry } from "../harness/registry-process.ts";
import { Api } from "../harness/api.ts";
import { signUp } from "../http/support/people.ts";
import { Repository } from "../http/support/repository.ts";
import { ways } from "./support/transfer.ts";

const size = 2_000_000_000;
/** What 95 of 100 reads of a manifest may take at most while a large push goes on, in milliseconds. */
const bound = 200;

let registry: RestartableRegistry;
let repository: Repository;
/** One manifest, in the two ways to ask for it. */
const references = { tag: "read", digest: "" };
beforeAll(async () => {
  registry = await RestartableRegistry.start();
  const api = new Api(registry.url);
  repository = Repository.fresh(api, await signUp(api));
  references.digest = (await repository.pushImage("read")).digest;
});
afterAll(() => registry.remove());

/** Reads by tag and by digest in turn, one after the other, until `over`; adds how long each read took. */
async function reader(taken: Record<keyof typeof references, number[]>, over: Promise<unknown>): Promise<void> {
  let going = true;
  const stop = () => void (going = false);
  void over.then(stop, stop);
  while (going) {
    for (const kind of ["tag", "digest"] as const) {
      const start = performance.now();
      const response = await repository.send("GET", `manifests/${references[kind]}`);
      await response.arrayBuffer();
      if (response.status !== 200) throw new Error(`a manifest by ${kind} was answered with ${response.status}`);
      taken[kind].push(performance.now() - start);
    }
  }
}

/** The value that 95 of 100 do not exceed. */
function p95(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN;
}

it.each(Object.entries(ways).flatMap(([way, push]) => [1, 4].map((readers) => ({ way, push, readers }))))(
  "a push of 2 GB by $way does not starve $readers reader(s) of manifests",
  async ({ way, push, readers }) => {
    const pushing = push(repository, { name: `${way} beside ${readers}`, size });
    const taken = { tag: [], digest: [] };
    await Promise.all(Array.from({ length: readers }, () => reader(taken, pushing)));
    await pushing;
    const told = Object.entries(taken).map(([kind, all]: [string, number[]]) => `by ${kind} ${p95(all).toFixed(1)} ms`);
    console.log(`2 GB by ${way}, ${readers} reader(s): p95 ${told.join(", ")}`);
    for (const all of [taken.tag, taken.digest]) {
      expect(all.length).toBeGreaterThan(100);
      expect(p95(all)).toBeLessThan(bound);
    }
  },
);
