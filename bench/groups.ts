import type { GroupName, Options } from "./options.ts";
import type { BlobFolder } from "./sample-blob.ts";
import { requestScenarios } from "./scenarios/requests.ts";
import type { Group } from "./scenarios/scenario.ts";
import { smallScenarios } from "./scenarios/small.ts";
import { transferScenarios } from "./scenarios/transfers.ts";
import { startDockerRegistry } from "./targets/docker-registry.ts";
import { startGati } from "./targets/gati.ts";

const onDisk = [startGati, startDockerRegistry];

/** Everything that is compared, by the name that `--only` knows. */
export function groupsOf(options: Options, folder: BlobFolder): Record<GroupName, Group> {
  const megabytes = options.size / 1_000_000;
  return {
    transfers: {
      name: "transfers",
      title: `one blob of ${megabytes} MB`,
      targets: onDisk,
      scenarios: transferScenarios(options.size, (size) => folder.fresh(size)),
    },
    small: {
      name: "small",
      title: "many small things, concurrency 4",
      targets: onDisk,
      scenarios: smallScenarios(),
    },
    requests: {
      name: "requests",
      title: "requests per second, warm, 16 connections",
      targets: onDisk,
      scenarios: requestScenarios(options.seconds),
    },
  };
}
