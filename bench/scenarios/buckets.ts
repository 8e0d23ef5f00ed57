import { curl } from "../clients/curl.ts";
import type { SampleBlob } from "../sample-blob.ts";
import { openSession, type Session } from "../clients/push.ts";
import { rawR2 } from "../targets/raw-r2.ts";
import type { Target } from "../targets/target.ts";
import type { Scenario } from "./scenario.ts";
import { pull, pushes, type Transfer } from "./transfers.ts";

/** At most 1.2 times as long as the bucket alone. */
const goal = 1 / 1.2;

const put: Transfer = async ({ target }, blob) => {
  const args = ["-X", "PUT", "-H", "Content-Type: application/octet-stream", "-T", blob.file];
  return (await curl({ target }, 201, `${target.url}/${blob.digest}`, args)).seconds;
};
const get: Transfer = async ({ target }, blob) =>
  (await curl({ target }, 200, `${target.url}/${blob.digest}`, [])).seconds;

/** The pushes of a large blob into a bucket, beside putting the same bytes into a bucket with nothing around it. */
export function bucketScenarios(size: number, blobOf: (size: number) => Promise<SampleBlob>): Scenario[] {
  const last = new Map<Target, { session: Session; blob: SampleBlob }>();
  const prepare = async (target: Target): Promise<void> => {
    last.set(target, { session: await openSession(target, target.repository("blobs")), blob: await blobOf(size) });
  };
  const run = (target: Target, ours: Transfer, raw: Transfer): Promise<number> => {
    const made = last.get(target);
    if (!made) throw new Error("there is a blob for every round");
    return (target.name === rawR2 ? raw : ours)(made.session, made.blob);
  };
  const pushing = Object.entries(pushes).map(([name, push]): Scenario => ({
    name,
    unit: "s",
    goal,
    writes: size,
    setUp: prepare,
    measure: (target) => run(target, push, put),
  }));
  const pulling: Scenario = {
    name: "pull",
    unit: "s",
    async setUp(target) {
      await prepare(target);
      await run(target, pushes["push, one PUT"], put);
    },
    measure: (target) => run(target, pull, get),
  };
  return [...pushing, pulling];
}
