import { inParallel } from "../clients/http.ts";
import {
  type Blob,
  type Image,
  openSession,
  pullImage,
  pushByPatch,
  pushByPut,
  pushImage,
  randomBlob,
  type Session,
} from "../clients/push.ts";
import type { Target } from "../targets/target.ts";
import { timed } from "../timed.ts";
import type { Scenario } from "./scenario.ts";

const concurrency = 4;
const megabyte = 1_000_000;

type Push = (session: Session, blob: Blob, index: number) => Promise<unknown>;

/** `count` blobs, new in every round, each of them pushed by `push` in a repository that the round has a token for. */
function fresh(name: string, count: number, size: number, push: Push, goal?: number): Scenario {
  let blobs: Blob[] = [];
  let session: Session | undefined;
  return {
    name,
    unit: "s",
    ...(goal === undefined ? {} : { goal }),
    writes: count * size,
    async setUp(target) {
      blobs = Array.from({ length: count }, () => randomBlob(size));
      session = await openSession(target, target.repository("many"));
    },
    measure: () => timed(() => inParallel(count, concurrency, (i) => push(session as Session, blobs[i] as Blob, i))),
  };
}

/** Many blobs and whole images over four connections. */
export function smallScenarios(): Scenario[] {
  let turn = 0;
  const images = new Map<Target, Image>();
  return [
    fresh("100 x 1 MB pushed: POST, PATCH, PUT", 100, megabyte, pushByPatch, 1),
    fresh("100 x 1 MB pushed: POST, PUT", 100, megabyte, pushByPut, 1),
    fresh("100 x 1 kB pushed: POST, PATCH, PUT", 100, 1000, pushByPatch),
    fresh("100 x 1 kB pushed: POST, PUT", 100, 1000, pushByPut),
    fresh("50 images of 10 kB pushed to 50 repositories", 50, 10_000, ({ target }, blob) =>
      pushImage(target, target.repository(`image-${turn++}`), "main", blob),
    ),
    fresh("50 images of 10 kB pushed to one repository", 50, 10_000, ({ target }, blob) =>
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
