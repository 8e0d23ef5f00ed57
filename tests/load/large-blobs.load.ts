import { expect, it } from "vitest";
import { RestartableRegistry } from "../harness/registry-process.ts";
import { Api } from "../harness/api.ts";
import { signUp } from "../http/support/people.ts";
import { Repository } from "../http/support/repository.ts";
import { megabyte, peakGrowth } from "./support/memory.ts";
import { pullBroken, ways } from "./support/transfer.ts";

const size = 5 * 1024 ** 3;
/** By how much the server's memory may grow while the blob passes through it. */
const growthLimit = 300 * megabyte;
const brokenConnections = 8;

it.each(Object.entries(ways))(
  "5 GiB pushed by %s and pulled over connections that break: the same bytes, and memory stays flat",
  async (way, push) => {
    const registry = await RestartableRegistry.start();
    try {
      const api = new Api(registry.url);
      const repository = Repository.fresh(api, await signUp(api));
      let digest = "";
      const started = performance.now();
      const pushing = await peakGrowth(registry, async () => {
        digest = await push(repository, { name: way, size });
      });
      const pushed = performance.now();
      const pulling = await peakGrowth(registry, async () => {
        expect(await pullBroken(repository, digest, size, brokenConnections)).toBe(digest);
      });
      const seconds = (from: number, to: number) => ((to - from) / 1000).toFixed(1);
      console.log(
        `5 GiB by ${way}: push ${seconds(started, pushed)} s, memory +${Math.round(pushing / megabyte)} MB; ` +
          `pull ${seconds(pushed, performance.now())} s, memory +${Math.round(pulling / megabyte)} MB`,
      );
      expect(pushing).toBeLessThan(growthLimit);
      expect(pulling).toBeLessThan(growthLimit);
    } finally {
      await registry.remove();
    }
  },
);
