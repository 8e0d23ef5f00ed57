import { measureCost } from "./cost/section.ts";
import { measureLimits } from "./limits/measure.ts";
import { measureGroup } from "./measure.ts";
import type { GroupName, Options } from "./options.ts";
import { comparisonSection } from "./report/comparison.ts";
import type { Section } from "./report/section.ts";
import type { BlobFolder } from "./sample-blob.ts";
import { bucketScenarios } from "./scenarios/buckets.ts";
import { requestScenarios } from "./scenarios/requests.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { smallScenarios } from "./scenarios/small.ts";
import { transferScenarios } from "./scenarios/transfers.ts";
import { zbScenarios } from "./scenarios/zb.ts";
import { startDockerRegistry } from "./targets/docker-registry.ts";
import { startGati, startGatiForStrangers, startGatiOnR2, startGatiSignedIn } from "./targets/gati.ts";
import { startRawR2 } from "./targets/raw-r2.ts";
import { measureWorker } from "./worker-section.ts";

/** Asking with a token takes at most 15 % longer. */
const signedInGoal = 1 / 1.15;

/** These move gigabytes in every round. */
const fewRuns = 3;

/** Everything that is measured, by the name that `--only` knows. */
export function groupsOf(
  options: Options,
  folder: BlobFolder,
  progress: (line: string) => void,
): Record<GroupName, () => Promise<Section>> {
  const { runs, size } = options;
  const blobOf = (bytes: number) => folder.fresh(bytes);
  const onDisk = [startGati, startDockerRegistry];
  const compare = async (
    group: { name: GroupName; title: string; targets?: typeof onDisk; runs?: number },
    all: readonly Scenario[],
  ): Promise<Section> => {
    const scenarios = all.filter((scenario) => scenario.name.includes(options.scenario));
    const { name, title, targets = onDisk } = group;
    return comparisonSection(await measureGroup({ name, title, targets, scenarios }, group.runs ?? runs, progress));
  };
  const large = `one blob of ${size / 1_000_000} MB`;
  return {
    limits: () => measureLimits(size, runs, folder),
    transfers: () => compare({ name: "transfers", title: large }, transferScenarios(size, blobOf)),
    small: () => compare({ name: "small", title: "concurrency 4" }, smallScenarios()),
    requests: () => compare({ name: "requests", title: "warm, 16 connections" }, requestScenarios(options.seconds)),
    "signed-in": () =>
      compare(
        { name: "signed-in", title: "warm, 16 connections", targets: [startGatiSignedIn, startGatiForStrangers] },
        requestScenarios(options.seconds, signedInGoal),
      ),
    zb: () =>
      compare({ name: "zb", title: "images, as zb, concurrency 2", runs: Math.min(runs, fewRuns) }, zbScenarios()),
    r2: () =>
      compare(
        { name: "r2", title: large, targets: [startGatiOnR2, startRawR2], runs: Math.min(runs, fewRuns) },
        bucketScenarios(size, blobOf),
      ),
    cost: measureCost,
    worker: () => measureWorker(Math.min(runs, fewRuns)),
  };
}
