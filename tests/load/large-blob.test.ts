import { afterAll, beforeAll, expect, it } from "vitest";
import { RestartableRegistry } from "../harness/registry-process.ts";
import { Api } from "../harness/api.ts";
import { signUp } from "../http/support/people.ts";
import { Repository } from "../http/support/repository.ts";
import { megabyte, peakGrowth } from "./support/memory.ts";
import { pullBroken, ways } from "./support/transfer.ts";

/** The small sister of large-blobs.load.ts: far more than the server may keep in memory. */
const size = 300 * megabyte;
const growthLimit = 150 * megabyte;

let registry: RestartableRegistry;
let repository: Repository;
beforeAll(async () => {
  registry = await RestartableRegistry.start();
  const api = new Api(registry.url);
  repository = Repository.fresh(api, await signUp(api));
});
afterAll(() => registry.remove());

it.each(Object.entries(ways))(
  "300 MB by %s and back over breaking connections do not go through memory",
  async (way, push) => {
    const growth = await peakGrowth(registry, async () => {
      const digest = await push(repository, { name: way, size });
      expect(await pullBroken(repository, digest, size, 3)).toBe(digest);
    });
    expect(growth).toBeLessThan(growthLimit);
  },
);
