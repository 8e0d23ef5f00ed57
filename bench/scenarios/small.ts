import { inParallel } from "../clients/http.ts";
import { type Blob, pullImage, pushByPatch, pushByPut, pushImage, randomBlob, type Image } from "../clients/push.ts";
import type { Target } from "../targets/target.ts";
import { timed } from "../timed.ts";
import type { Scenario } from "./scenario.ts";

const concurrency = 4;
const megabyte = 1_000_000;

function fresh(
  name: string,
  count: number,
  size: number,
  push: (target: Target, blob: Blob, i: number) => Promise<unknown>,
  goal?: number,
): Scenario {
  let blobs: Blob[] = [];
  return {
    name,
    unit: "s",
    ...(goal === undefined ? {} : { goal }),
    writes: count * size,
    setUp: async () => void (blobs = Array.from({ length: count }, () => randomBlob(size))),
    measure: (target) => timed(() => inParallel(count, concurrency, (i) => push(target, blobs[i] as Blob, i))),
  };
}

/** Many blobs and whole images, fresh for every round, over four connections. */
export function smallScenarios(): Scenario[] {
  let turn = 0;
  const images = new Map<Target, Image>();
  const blobs = (target: Target) => target.repository("many");
  return [
    fresh(
      "100 x 1 MB pushed, each POST, PATCH, PUT",
      100,
      megabyte,
      (target, blob) => pushByPatch(target, blobs(target), blob),
      1,
    ),
    fresh(
      "100 x 1 MB pushed, each POST, PUT",
      100,
      megabyte,
      (target, blob) => pushByPut(target, blobs(target), blob),
      1,
    ),
    fresh("100 x 1 kB pushed, each POST, PUT", 100, 1000, (target, blob) => pushByPut(target, blobs(target), blob)),
    fresh("50 images of 10 kB pushed to 50 repositories", 50, 10_000, (target, blob) =>
      pushImage(target, target.repository(`image-${turn++}`), "main", blob),
    ),
    fresh("50 images of 10 kB pushed to one repository", 50, 10_000, (target, blob) =>
      pushImage(target, target.repository("image"), `build-${turn++}`, blob),
    ),
    {
      name: "100 images of 1 MB pulled",
      unit: "s",
      goal: 1,
      async prepare(target) {
        images.set(target, await pushImage(target, target.repository("pulled"), "main", randomBlob(megabyte)));
      },
      measure: (target) =>
        timed(() => inParallel(100, concurrency, () => pullImage(target, images.get(target) as Image))),
    },
  ];
}
