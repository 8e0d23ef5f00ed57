import { curl } from "../clients/curl.ts";
import type { SampleBlob } from "../sample-blob.ts";
import { rawR2 } from "../targets/raw-r2.ts";
import type { Scenario } from "./scenario.ts";
import { pull, pushes, type Transfer } from "./transfers.ts";

/** At most 1.2 times as long as the bucket alone. */
const goal = 1 / 1.2;

const put: Transfer = async (target, blob) => {
  const args = ["-X", "PUT", "-H", "Content-Type: application/octet-stream", "-T", blob.file];
  return (await curl(target, 201, `${target.url}/${blob.digest}`, args)).seconds;
};
const get: Transfer = async (target, blob) => (await curl(target, 200, `${target.url}/${blob.digest}`, [])).seconds;

/** The pushes of a large blob into a bucket, beside putting the same bytes into a bucket with nothing around it. */
export function bucketScenarios(size: number, blobOf: (size: number) => Promise<SampleBlob>): Scenario[] {
  let blob: SampleBlob | undefined;
  const current = (): SampleBlob => {
    if (!blob) throw new Error("there is a blob for every round");
    return blob;
  };
  const scenario = (name: string, ours: Transfer, raw: Transfer): Scenario => ({
    name,
    unit: "s",
    goal,
    writes: size,
    setUp: async () => void (blob = await blobOf(size)),
    measure: (target) => (target.name === rawR2 ? raw(target, current()) : ours(target, current())),
  });
  const pulling: Scenario = {
    name: "pull",
    unit: "s",
    async setUp(target) {
      blob = await blobOf(size);
      await (target.name === rawR2 ? put(target, blob) : pushes["push, one PUT"](target, blob));
    },
    measure: (target) => (target.name === rawR2 ? get(target, current()) : pull(target, current())),
  };
  return [...Object.entries(pushes).map(([name, push]) => scenario(name, push, put)), pulling];
}
