import { randomFillSync } from "node:crypto";
import { inParallel, send } from "../clients/http.ts";
import {
  type Blob,
  digestOf,
  type Image,
  pullImage,
  pushByPatch,
  pushByPut,
  pushImage,
  randomName,
} from "../clients/push.ts";
import type { Target } from "../targets/target.ts";
import { timed } from "../timed.ts";
import type { Scenario } from "./scenario.ts";

const mebibyte = 1024 * 1024;
const concurrency = 2;
const page = 4096;

type Size = 1 | 10 | 100;
/** Sizes of the images of a round, in MiB. zb draws them at random; here they are the same for every target. */
type Round = readonly Size[];

const all = (size: Size, count: number): Round => Array.from({ length: count }, () => size);
const rounds: Readonly<Record<string, Round>> = {
  "1 MB": all(1, 20),
  "10 MB": all(10, 8),
  "100 MB": all(100, 2),
};
const mixed: Round = [1, 10, 10, 10, 10, 100, 10, 10, 10, 1];
const thirds: Round = [1, 10, 100, 1, 10, 100];

/** As zb makes them: one blob of each size for the whole run, of which the first page is random. */
class Blobs {
  readonly #blobs = new Map<Size, Blob>();

  renew(sizes: Round): void {
    for (const size of new Set(sizes)) {
      const bytes = this.#blobs.get(size)?.bytes ?? Buffer.alloc(size * mebibyte);
      randomFillSync(bytes, 0, page);
      this.#blobs.set(size, { bytes, digest: digestOf(bytes) });
    }
  }

  get(size: Size): Blob {
    const blob = this.#blobs.get(size);
    if (!blob) throw new Error("blobs are made before they are pushed");
    return blob;
  }
}

const repository = (target: Target) => target.repository(randomName());

/**
 * The shapes of zot's published benchmark, zb: every image goes to a repository of its own, a pull asks HEAD and GET for
 * everything. Left out are its tests of zot's mirroring.
 */
export function zbScenarios(): Scenario[] {
  const blobs = new Blobs();
  const images = new Map<Target, Map<Size, Image>>();
  const perSecond = async (round: Round, work: (size: Size, i: number) => Promise<unknown>): Promise<number> =>
    round.length / (await timed(() => inParallel(round.length, concurrency, (i) => work(round[i] as Size, i))));

  const pushing = (name: string, round: Round, push: typeof pushByPut): Scenario => ({
    name,
    unit: "/s",
    writes: round.reduce((sum, size) => sum + size, 0) * mebibyte,
    setUp: async () => blobs.renew(round),
    measure: (target) =>
      perSecond(round, (size, i) => pushImage(target, repository(target), `tag${i}`, blobs.get(size), push)),
  });
  const prepared = (round: Round) => async (target: Target) => {
    blobs.renew(round);
    const pushed = new Map<Size, Image>();
    for (const size of new Set(round)) {
      pushed.set(size, await pushImage(target, repository(target), `tag${size}`, blobs.get(size)));
    }
    images.set(target, pushed);
  };
  const pull = (target: Target, size: Size) => pullImage(target, images.get(target)?.get(size) as Image);
  const pulling = (name: string, round: Round): Scenario => ({
    name,
    unit: "/s",
    prepare: prepared(round),
    measure: (target) => perSecond(round, (size) => pull(target, size)),
  });
  const both = (name: string, round: Round): Scenario => ({
    name,
    unit: "/s",
    writes: (round.length / 4) * (round[0] ?? 1) * mebibyte,
    prepare: prepared(round),
    setUp: async () => blobs.renew(round),
    measure: (target) =>
      perSecond(round, (size, i) =>
        i % 4 === 0 ? pushImage(target, repository(target), `tag${i}`, blobs.get(size)) : pull(target, size),
      ),
  });
  const catalog: Scenario = {
    name: "get catalog",
    unit: "/s",
    async prepare(target) {
      blobs.renew([1]);
      await inParallel(20, concurrency, (i) => pushImage(target, repository(target), `tag${i}`, blobs.get(1)));
    },
    measure: (target) =>
      perSecond(all(1, 200), () => send(target, { method: "GET", path: "/v2/_catalog", status: 200 })),
  };
  const each = (make: (name: string, round: Round) => Scenario, words: string) =>
    Object.entries(rounds).map(([size, round]) => make(`${words} ${size}`, round));
  return [
    catalog,
    ...each((name, round) => pushing(name, round, pushByPut), "push monolith"),
    ...each((name, round) => pushing(name, round, pushByPatch), "push chunk streamed"),
    ...each(pulling, "pull"),
    pulling("pull mixed 20% 1 MB, 70% 10 MB, 10% 100 MB", mixed),
    pushing("push monolith mixed 20% 1 MB, 70% 10 MB, 10% 100 MB", mixed, pushByPut),
    pushing("push chunk mixed 33% 1 MB, 33% 10 MB, 33% 100 MB", thirds, pushByPatch),
    ...["1 MB", "10 MB"].map((size) => both(`pull 75% and push 25% of ${size}`, rounds[size] ?? [])),
    both("pull 75% and push 25% of 100 MB", all(100, 4)),
  ];
}
